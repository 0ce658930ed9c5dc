//! The examples of two textbooks, by the numbers that they print.
//!
//! Silberschatz, Galvin, Gagne, *Operating System Concepts*, chapter on CPU scheduling;
//! Stallings, *Operating Systems*, chapter on uniprocessor scheduling.

use scheduling::{
    Arrivals, Error, Feedback, High, Job, Mean, Metrics, Policy, Priority, Schedule,
};

type Result<T = ()> = std::result::Result<T, Error>;

/// Jobs p1, p2, …, by arrival and burst.
fn jobs(times: &[(u64, u64)]) -> Vec<Job> {
    let jobs = times.iter().zip(1..);
    jobs.map(|(&(at, burst), n)| Job::new(format!("p{n}"), at, burst)).collect()
}

fn of(jobs: &[Job], time: fn(&Metrics) -> u64, schedule: &Schedule) -> Vec<u64> {
    assert_eq!(schedule.jobs.len(), jobs.len());
    schedule.jobs.iter().map(time).collect()
}

#[test]
fn silberschatz_first_come_first_served() -> Result {
    let jobs = jobs(&[(0, 24), (0, 3), (0, 3)]);
    let schedule = Policy::FirstComeFirstServed.schedule(&jobs)?;
    assert_eq!(of(&jobs, Metrics::waiting, &schedule), [0, 24, 27]);
    assert_eq!(schedule.mean(Metrics::waiting), Mean::of(17, 1));
    Ok(())
}

#[test]
fn silberschatz_shortest_job_first() -> Result {
    let jobs = jobs(&[(0, 6), (0, 8), (0, 7), (0, 3)]);
    let schedule = Policy::ShortestJobFirst.schedule(&jobs)?;
    assert_eq!(schedule.order(), ["p4", "p1", "p3", "p2"]);
    assert_eq!(schedule.mean(Metrics::waiting), Mean::of(7, 1));
    Ok(())
}

#[test]
fn silberschatz_shortest_remaining_first() -> Result {
    let jobs = jobs(&[(0, 8), (1, 4), (2, 9), (3, 5)]);
    let schedule = Policy::ShortestRemainingFirst.schedule(&jobs)?;
    assert_eq!(schedule.order(), ["p1", "p2", "p4", "p1", "p3"]);
    assert_eq!(schedule.mean(Metrics::waiting), Mean::of(65, 10));
    Ok(())
}

#[test]
fn silberschatz_priority() -> Result {
    let jobs = [("p1", 10, 3), ("p2", 1, 1), ("p3", 2, 4), ("p4", 1, 5), ("p5", 5, 2)]
        .map(|(name, burst, priority)| Job::new(name, 0, burst).priority(priority));
    let small = Priority { high: High::Small, preempt: false, aging: None };
    let schedule = Policy::Priority(small).schedule(&jobs)?;
    assert_eq!(schedule.order(), ["p2", "p5", "p1", "p3", "p4"]);
    assert_eq!(schedule.mean(Metrics::waiting), Mean::of(82, 10));

    let large = Priority { high: High::Large, ..small };
    let reversed = jobs.map(|job| {
        let priority = -job.priority;
        job.priority(priority)
    });
    assert_eq!(Policy::Priority(large).schedule(&reversed)?.order(), schedule.order());
    Ok(())
}

#[test]
fn silberschatz_round_robin() -> Result {
    let jobs = jobs(&[(0, 24), (0, 3), (0, 3)]);
    let schedule = Policy::round_robin(4).schedule(&jobs)?;
    assert_eq!(of(&jobs, Metrics::waiting, &schedule), [6, 4, 7]);
    assert_eq!(schedule.mean(Metrics::waiting).to_string(), "5.67");
    Ok(())
}

/// Stallings: the same five jobs under every policy, with the ends and the mean
/// turnaround that the book's table gives.
#[test]
fn stallings_table() -> Result {
    let jobs = jobs(&[(0, 3), (2, 6), (4, 4), (6, 5), (8, 2)]);
    // In the book a job that is alone stays in its queue.
    let feedback = |quanta: &[u64]| {
        Policy::MultilevelFeedback(Feedback {
            demote_alone: false,
            ..Feedback::new(quanta)
        })
    };
    let ones = feedback(&[1; 6]);
    for (policy, ends, hundredths) in [
        (Policy::FirstComeFirstServed, [3, 9, 13, 18, 20], 860),
        (Policy::round_robin(1), [4, 18, 17, 20, 15], 1080),
        (Policy::round_robin(4), [3, 17, 11, 20, 19], 1000),
        (Policy::ShortestJobFirst, [3, 9, 15, 20, 11], 760),
        (Policy::ShortestRemainingFirst, [3, 15, 8, 20, 10], 720),
        (Policy::HighestResponseRatio, [3, 9, 13, 20, 15], 800),
        (ones, [4, 20, 16, 19, 11], 1000),
    ] {
        let schedule = policy.schedule(&jobs)?;
        assert_eq!(of(&jobs, |job| job.end, &schedule), ends, "{policy}");
        let mean = Mean::of(hundredths, 100);
        assert_eq!(schedule.mean(Metrics::turnaround), mean, "{policy}");
    }
    Ok(())
}

/// A textbook that puts the job whose quantum ends before the one that arrives has
/// another mean for the same jobs.
#[test]
fn textbooks_differ_about_arrivals() -> Result {
    let jobs = jobs(&[(0, 3), (2, 6), (4, 4), (6, 5), (8, 2)]);
    let policy = Policy::RoundRobin { quantum: 1, arrivals: Arrivals::Last };
    let schedule = policy.schedule(&jobs)?;
    assert_eq!(schedule.mean(Metrics::turnaround).to_string(), "10.40");
    Ok(())
}
