//! Random programs: whatever their steps are, the number of their schedules is the one
//! that follows by hand, and the distinct schedules lead to all of their outcomes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use interleavings::sync::Mutex;
use interleavings::sync::atomic::{AtomicI64, Ordering::Relaxed};
use interleavings::{End, Limits, Report, explore, thread};
use proptest::prelude::*;

/// A step on one of two numbers, or a turn with one of two locks.
#[derive(Debug, Clone, Copy)]
enum Action {
    Load(usize),
    Store(usize),
    Add(usize),
    /// Doubles the number of the lock, in two steps: to lock, and to unlock.
    Double(usize),
    /// The same with both locks, that of this number first.
    Both(usize),
}

fn action() -> impl Strategy<Value = Action> {
    let number = 0..2_usize;
    prop_oneof![
        number.clone().prop_map(Action::Load),
        number.clone().prop_map(Action::Store),
        number.clone().prop_map(Action::Add),
        number.clone().prop_map(Action::Double),
        number.prop_map(Action::Both),
    ]
}

fn threads(most_steps: usize) -> impl Strategy<Value = Vec<Vec<Action>>> {
    prop::collection::vec(prop::collection::vec(action(), 1..=most_steps), 2..=3)
}

/// Runs the actions of each thread; the outcome is what the numbers are, and what each
/// thread has seen.
fn play(threads: &[Vec<Action>]) -> (Vec<i64>, Vec<i64>) {
    let numbers = [(); 2].map(|()| AtomicI64::new(1));
    let locks = [(); 2].map(|()| Mutex::new(1));
    let seen = thread::scope(|scope| {
        let (numbers, locks) = (&numbers, &locks);
        let spawned: Vec<_> = threads
            .iter()
            .zip(10..)
            .map(|(actions, name)| {
                scope.spawn(move || {
                    let mut seen = name;
                    for action in actions {
                        match *action {
                            Action::Load(it) => {
                                seen = 3 * seen + numbers[it].load(Relaxed);
                            }
                            Action::Store(it) => numbers[it].store(seen, Relaxed),
                            Action::Add(it) => {
                                numbers[it].fetch_add(name, Relaxed);
                            }
                            Action::Double(it) => *locks[it].lock().unwrap() *= 2,
                            Action::Both(it) => {
                                let mut first = locks[it].lock().unwrap();
                                let mut second = locks[1 - it].lock().unwrap();
                                (*first, *second) = (*second + name, *first);
                            }
                        }
                    }
                    seen
                })
            })
            .collect();
        spawned.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let numbers = numbers.map(AtomicI64::into_inner).into_iter();
    let locks = locks.map(|lock| lock.into_inner().unwrap()).into_iter();
    (numbers.chain(locks).collect(), seen)
}

fn explored(threads: &[Vec<Action>], limits: Limits) -> Report {
    let threads = threads.to_vec();
    let report = explore(move || play(&threads), limits.schedules(u64::MAX)).unwrap();
    assert!(report.complete);
    report
}

/// The ends of a program; a deadlock without who was asked first.
fn ends(report: &Report) -> BTreeSet<String> {
    let ends = report.outcomes.iter().map(|outcome| &outcome.end);
    ends.map(|end| match end {
        End::Deadlocked(_) => "deadlock".to_owned(),
        end => end.to_string(),
    })
    .collect()
}

/// (a + b + …)! / (a! · b! · …)
fn multinomial(parts: &[u64]) -> u64 {
    let factorial = |n: u64| (1..=n).product::<u64>();
    factorial(parts.iter().sum())
        / parts.iter().map(|&it| factorial(it)).product::<u64>()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn distinct_schedules_lead_to_every_outcome(threads in threads(2)) {
        let all = explored(&threads, Limits::default());
        let distinct = explored(&threads, Limits::default().distinct());
        prop_assert_eq!(ends(&all), ends(&distinct));
        prop_assert!(distinct.schedules <= all.schedules);
        // As many preemptions as there can be are as good as no bound.
        let bounded = explored(&threads, Limits::default().preemptions(100));
        prop_assert_eq!(all, bounded);
    }

    #[test]
    fn threads_that_never_block_have_the_multinomials(
        steps in prop::collection::vec(1..=3_u64, 2..=3),
        number in 0..2_usize,
    ) {
        let adds = |&count: &u64| vec![Action::Add(number); count as usize];
        let threads: Vec<_> = steps.iter().map(adds).collect();
        let report = explored(&threads, Limits::default());
        prop_assert_eq!(report.schedules, multinomial(&steps));
        prop_assert_eq!(report.failures, 0);
    }
}
