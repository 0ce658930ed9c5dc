//! The conventions that textbooks leave open, each by a small example.

use scheduling::{Error, High, Job, Policy, Priority, Schedule};

type Result = std::result::Result<(), Error>;

/// The slices as `a 0-3`, those of one job that follow each other as one.
fn slices(schedule: &Schedule) -> Vec<String> {
    let mut merged: Vec<(usize, u64, u64)> = Vec::new();
    for slice in &schedule.slices {
        match merged.last_mut() {
            Some(last) if (last.0, last.2) == (slice.job, slice.begin) => {
                last.2 = slice.end;
            }
            _ => merged.push((slice.job, slice.begin, slice.end)),
        }
    }
    let name = |job: usize| schedule.jobs[job].name.clone();
    merged.iter().map(|&(job, from, to)| format!("{} {from}-{to}", name(job))).collect()
}

#[test]
fn an_equal_job_does_not_preempt() -> Result {
    let jobs = [Job::new("a", 0, 4), Job::new("b", 1, 3)];
    let schedule = Policy::ShortestRemainingFirst.schedule(&jobs)?;
    assert_eq!(slices(&schedule), ["a 0-4", "b 4-7"]);
    assert_eq!(schedule.slices.len(), 2, "the arrival of b ends no slice");
    Ok(())
}

#[test]
fn a_job_that_ages_preempts_as_soon_as_it_is_higher() -> Result {
    let settings = Priority { high: High::Small, preempt: true, aging: Some(5) };
    let jobs = [Job::new("a", 0, 100), Job::new("b", 0, 1).priority(3)];
    let schedule = Policy::Priority(settings).schedule(&jobs)?;
    assert_eq!(slices(&schedule), ["a 0-20", "b 20-21", "a 21-101"]);
    Ok(())
}

#[test]
fn in_round_robin_a_job_begins_a_fresh_quantum_after_its_device() -> Result {
    let jobs = [Job::new("a", 0, 4).io(2, 1), Job::new("b", 0, 6)];
    let schedule = Policy::round_robin(3).schedule(&jobs)?;
    assert_eq!(slices(&schedule), ["a 0-2", "b 2-5", "a 5-7", "b 7-10"]);
    Ok(())
}

#[test]
fn in_a_feedback_queue_a_job_has_the_rest_of_its_quantum_after_its_device() -> Result {
    let jobs = [Job::new("a", 0, 4).io(2, 1), Job::new("b", 0, 6)];
    let schedule = Policy::multilevel_feedback([3, 9], None).schedule(&jobs)?;
    assert_eq!(slices(&schedule), ["a 0-2", "b 2-5", "a 5-6", "b 6-9", "a 9-10"]);
    Ok(())
}

#[test]
fn a_boost_takes_the_core_from_the_running_job() -> Result {
    let jobs = [Job::new("a", 0, 20), Job::new("b", 3, 9)];
    let schedule = Policy::multilevel_feedback([2, 8], Some(6)).schedule(&jobs)?;
    let begin = ["a 0-3", "b 3-5", "a 5-6", "b 6-8", "a 8-10"];
    assert_eq!(slices(&schedule)[..5], begin);
    Ok(())
}

/// A job that is owed time when it goes to its device is owed it afterwards.
#[test]
fn a_job_keeps_its_lag_while_it_waits_for_its_device() -> Result {
    let jobs =
        [Job::new("busy", 0, 8).io(2, 1), Job::new("a", 0, 20), Job::new("b", 0, 20)];
    let schedule = Policy::Eevdf { slice: 4 }.schedule(&jobs)?;
    // Without its lag it would come after b.
    assert_eq!(slices(&schedule)[7..10], ["a 22-26", "busy 26-28", "b 28-32"]);
    Ok(())
}
