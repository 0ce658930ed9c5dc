//! What every policy promises, for any jobs, and what each one promises beyond that.

use proptest::prelude::*;
use scheduling::{
    Arrivals, Feedback, High, Job, Metrics, Policy, Priority, Schedule, Slice, weight,
};

type Busy = Vec<(u64, u64)>;

/// A few jobs, some of them with io, all with a deadline.
fn jobs(with_io: bool) -> impl Strategy<Value = Vec<Job>> {
    let io = prop::option::weighted(0.4, (1..5_u64, 1..8_u64));
    let job = (0..30_u64, 1..12_u64, -20..20_i64, io, 1..90_u64);
    prop::collection::vec(job, 1..8).prop_map(move |jobs| {
        let jobs = jobs.into_iter().enumerate();
        jobs.map(|(place, (arrival, burst, priority, io, deadline))| {
            let job = Job::new(format!("{place}"), arrival, burst)
                .priority(priority)
                .deadline(arrival + deadline);
            match io.filter(|_| with_io) {
                Some((every, lasts)) => job.io(every, lasts),
                None => job,
            }
        })
        .collect()
    })
}

fn arrivals() -> impl Strategy<Value = Arrivals> {
    prop_oneof![Just(Arrivals::First), Just(Arrivals::Last)]
}

fn priority() -> impl Strategy<Value = Priority> {
    let high = prop_oneof![Just(High::Small), Just(High::Large)];
    (high, any::<bool>(), prop::option::of(1..6_u64))
        .prop_map(|(high, preempt, aging)| Priority { high, preempt, aging })
}

fn feedback() -> impl Strategy<Value = Feedback> {
    let quanta = prop::collection::vec(1..6_u64, 1..4);
    (quanta, prop::option::of(1..30_u64), arrivals(), any::<bool>()).prop_map(
        |(quanta, boost, arrivals, demote_alone)| Feedback {
            quanta,
            boost,
            arrivals,
            demote_alone,
        },
    )
}

fn policy() -> impl Strategy<Value = Policy> {
    prop_oneof![
        Just(Policy::FirstComeFirstServed),
        Just(Policy::ShortestJobFirst),
        Just(Policy::ShortestRemainingFirst),
        Just(Policy::HighestResponseRatio),
        Just(Policy::EarliestDeadlineFirst),
        priority().prop_map(Policy::Priority),
        (1..6_u64, arrivals())
            .prop_map(|(quantum, arrivals)| Policy::RoundRobin { quantum, arrivals }),
        feedback().prop_map(Policy::MultilevelFeedback),
        (1..6_u64).prop_map(|slice| Policy::Eevdf { slice }),
    ]
}

/// When a job had the core, and when it had the core or waited for its device.
fn busy(schedule: &Schedule, job: usize) -> (Busy, Busy) {
    let own = |&&Slice { job: of, .. }: &&Slice| of == job;
    let core: Busy =
        schedule.slices.iter().filter(own).map(|it| (it.begin, it.end)).collect();
    let io = schedule.io.iter().filter(|it| it.job == job);
    let mut both: Busy = io.map(|it| (it.begin, it.end)).chain(core.clone()).collect();
    both.sort_unstable();
    (core, both)
}

/// When a job was ready and did not have the core.
fn waits(schedule: &Schedule, job: usize) -> Busy {
    let mut since = schedule.jobs[job].arrival;
    let (_, busy) = busy(schedule, job);
    let gaps = busy
        .into_iter()
        .map(|(begin, end)| (std::mem::replace(&mut since, end), begin));
    gaps.filter(|(from, to)| from < to).collect()
}

fn overlap(a: (u64, u64), b: (u64, u64)) -> bool {
    a.0.max(b.0) < a.1.min(b.1)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_core_runs_one_job_at_a_time_and_does_all_the_work(
        jobs in jobs(true), policy in policy()
    ) {
        let schedule = policy.schedule(&jobs)?;
        let ends = schedule.slices.iter().map(|slice| slice.end);
        for (end, next) in ends.zip(&schedule.slices[1..]) {
            prop_assert!(end <= next.begin, "two slices overlap");
        }
        for (place, job) in jobs.iter().enumerate() {
            let (core, both) = busy(&schedule, place);
            prop_assert!(core.iter().all(|(begin, end)| begin < end));
            prop_assert_eq!(core.iter().map(|(begin, end)| end - begin).sum::<u64>(),
                job.burst);
            prop_assert!(core[0].0 >= job.arrival);
            prop_assert!(both.windows(2).all(|it| it[0].1 <= it[1].0));
        }
    }

    #[test]
    fn the_core_is_never_idle_while_a_job_is_ready(
        jobs in jobs(true), policy in policy()
    ) {
        let schedule = policy.schedule(&jobs)?;
        let mut free = 0;
        for slice in &schedule.slices {
            let gap = (std::mem::replace(&mut free, slice.end), slice.begin);
            for job in 0..jobs.len() {
                let waits = waits(&schedule, job);
                prop_assert!(!waits.into_iter().any(|wait| overlap(wait, gap)));
            }
        }
    }

    #[test]
    fn the_times_of_a_job_add_up(jobs in jobs(true), policy in policy()) {
        let schedule = policy.schedule(&jobs)?;
        for (place, job) in schedule.jobs.iter().enumerate() {
            let waits = waits(&schedule, place);
            let waited: u64 = waits.iter().map(|(from, to)| to - from).sum();
            prop_assert_eq!(job.waiting(), waited);
            prop_assert_eq!(job.turnaround(), waited + job.burst + job.io);
            prop_assert!(job.response() <= job.waiting());
            let longest = waits.iter().map(|(from, to)| to - from).max();
            prop_assert!(longest.unwrap_or(0) == schedule.longest_wait(place));
        }
    }

    /// Time does not pass in ticks: the same jobs a long time later, the same schedule.
    #[test]
    fn the_clock_may_begin_anywhere(
        jobs in jobs(true), policy in policy(), late in 0..u64::MAX / 2
    ) {
        // Boosts come at fixed moments, which must be the same ones for the jobs.
        let late = match &policy {
            Policy::MultilevelFeedback(Feedback { boost: Some(boost), .. }) => {
                late / boost * boost
            }
            _ => late,
        };
        let shifted: Vec<Job> = jobs.iter().map(|job| {
            let mut job = job.clone();
            job.arrival += late;
            job.deadline = job.deadline.map(|deadline| deadline + late);
            job
        }).collect();
        let (early, late_one) = (policy.schedule(&jobs)?, policy.schedule(&shifted)?);
        let at = |schedule: &Schedule, by: u64| -> Vec<(usize, u64, u64)> {
            let slices = schedule.slices.iter();
            slices.map(|it| (it.job, it.begin - by, it.end - by)).collect()
        };
        prop_assert_eq!(at(&early, 0), at(&late_one, late));
    }

    #[test]
    fn first_come_is_first_served(jobs in jobs(false)) {
        let schedule = Policy::FirstComeFirstServed.schedule(&jobs)?;
        let served: Vec<_> =
            schedule.slices.iter().map(|it| (jobs[it.job].arrival, it.job)).collect();
        prop_assert!(served.is_sorted());
    }

    #[test]
    fn a_policy_that_does_not_preempt_runs_a_job_in_one_slice(jobs in jobs(false)) {
        for policy in [
            Policy::FirstComeFirstServed,
            Policy::ShortestJobFirst,
            Policy::HighestResponseRatio,
            Policy::Priority(Priority {
                high: High::Small,
                preempt: false,
                aging: None,
            }),
        ] {
            prop_assert_eq!(policy.schedule(&jobs)?.slices.len(), jobs.len());
        }
    }

    /// No policy at all has a lower mean turnaround.
    #[test]
    fn shortest_remaining_first_is_the_best_on_average(
        jobs in jobs(false), policy in policy()
    ) {
        let best = Policy::ShortestRemainingFirst.schedule(&jobs)?;
        let other = policy.schedule(&jobs)?;
        prop_assert!(
            best.mean(Metrics::turnaround) <= other.mean(Metrics::turnaround)
        );
    }

    /// If the deadlines can be kept at all, earliest deadline first keeps them.
    #[test]
    fn earliest_deadline_first_is_late_only_if_all_are(
        jobs in jobs(false), policy in policy()
    ) {
        let earliest = Policy::EarliestDeadlineFirst.schedule(&jobs)?;
        let other = policy.schedule(&jobs)?;
        prop_assert!(earliest.late().is_empty() || !other.late().is_empty());
    }

    #[test]
    fn round_robin_lets_no_job_wait_longer_than_the_quanta_of_the_others(
        jobs in jobs(true), quantum in 1..6_u64, arrivals in arrivals()
    ) {
        let schedule = Policy::RoundRobin { quantum, arrivals }.schedule(&jobs)?;
        let bound = (jobs.len() as u64 - 1) * quantum;
        prop_assert!((0..jobs.len()).all(|job| schedule.longest_wait(job) <= bound));
    }

    /// A boost keeps the long jobs from starving.
    #[test]
    fn after_a_boost_every_job_has_its_turn(
        jobs in jobs(true), settings in feedback(), boost in 1..30_u64
    ) {
        let first = settings.quanta[0];
        let settings = Feedback { boost: Some(boost), ..settings };
        let schedule = Policy::MultilevelFeedback(settings).schedule(&jobs)?;
        let bound = boost + (jobs.len() as u64 - 1) * first;
        prop_assert!((0..jobs.len()).all(|job| schedule.longest_wait(job) <= bound));
    }

    /// Age keeps the low jobs from starving: of two jobs, the one that is ready so much
    /// earlier runs first, whatever their priorities are.
    #[test]
    fn an_old_job_goes_before_a_new_one(
        jobs in jobs(true), settings in priority(), aging in 1..6_u64
    ) {
        let settings = Priority { aging: Some(aging), ..settings };
        let schedule = Policy::Priority(settings).schedule(&jobs)?;
        let priorities = || jobs.iter().map(|job| job.priority);
        let range = priorities().max().unwrap_or(0) - priorities().min().unwrap_or(0);
        let bound = (range as u64 + 1) * aging;
        for slice in &schedule.slices {
            let ready = waits(&schedule, slice.job);
            let ready = ready.iter().find(|(_, to)| *to == slice.begin);
            let since = ready.map_or(slice.begin, |(from, _)| *from);
            for other in (0..jobs.len()).filter(|&other| other != slice.job) {
                for (from, to) in waits(&schedule, other) {
                    let waits_meanwhile = from <= slice.begin && slice.begin < to;
                    prop_assert!(!waits_meanwhile || since <= from + bound);
                }
            }
        }
    }

    #[test]
    fn no_job_runs_while_a_higher_one_is_ready(
        jobs in jobs(true), settings in priority()
    ) {
        let settings = Priority { preempt: true, aging: None, ..settings };
        let schedule = Policy::Priority(settings).schedule(&jobs)?;
        let is_higher = |a: i64, b: i64| match settings.high {
            High::Small => a < b,
            High::Large => a > b,
        };
        for slice in &schedule.slices {
            for (other, job) in jobs.iter().enumerate() {
                let meanwhile = (slice.begin, slice.end);
                let mut waits = waits(&schedule, other).into_iter();
                let waits = waits.any(|wait| overlap(wait, meanwhile));
                let running = jobs[slice.job].priority;
                prop_assert!(!(waits && is_higher(job.priority, running)));
            }
        }
    }

    /// While the same jobs compete, none has a slice more or less than its exact share.
    #[test]
    fn eevdf_is_within_a_slice_of_the_exact_shares(
        jobs in jobs(false), slice in 1..6_u64
    ) {
        let jobs: Vec<Job> = jobs.iter().map(|job| {
            Job::new(&*job.name, 0, job.burst * 50).priority(job.priority)
        }).collect();
        let schedule = Policy::Eevdf { slice }.schedule(&jobs)?;
        let first_end = schedule.jobs.iter().map(|job| job.end).min().unwrap_or(0);
        let weight = |job: &Job| u128::from(weight(job.priority).unwrap_or(0));
        let all: u128 = jobs.iter().map(weight).sum();
        for now in schedule.slices.iter().map(|slice| slice.end) {
            if now > first_end {
                break;
            }
            for (place, job) in jobs.iter().enumerate() {
                let had = u128::from(schedule.service(place, now)) * all;
                let share = u128::from(now) * weight(job);
                prop_assert!(had.abs_diff(share) <= u128::from(slice) * all);
            }
        }
    }

    #[test]
    fn what_is_written_is_read_or_refused(text in "\\PC*") {
        let _ = text.parse::<Job>();
        let _ = text.parse::<Policy>();
    }

    /// No jobs and no settings make the simulator panic.
    #[test]
    fn any_numbers_give_a_schedule_or_an_error(
        times in
            prop::collection::vec((any::<u64>(), any::<u64>(), any::<i64>()), 0..4),
        numbers in prop::collection::vec(any::<u64>(), 0..3),
        number in any::<u64>(),
    ) {
        let times = times.iter().enumerate();
        let jobs: Vec<Job> = times.map(|(n, &(at, burst, priority))| {
            Job::new(format!("{n}"), at >> (n * 20), burst >> (n * 20))
                .priority(priority).io(number, number).deadline(at)
        }).collect();
        for policy in [
            Policy::FirstComeFirstServed,
            Policy::HighestResponseRatio,
            Policy::EarliestDeadlineFirst,
            Policy::Priority(Priority {
                high: High::Small, preempt: true, aging: Some(number),
            }),
            Policy::round_robin(number),
            Policy::multilevel_feedback(numbers.clone(), Some(number)),
            Policy::Eevdf { slice: number },
        ] {
            let _ = policy.schedule(&jobs);
        }
    }
}
