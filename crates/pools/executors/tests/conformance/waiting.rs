//! The cases that wait for several tasks, or in several threads.

use std::collections::BTreeSet;
use std::time::Duration;

use executors::{Future, ReturnWhen, as_completed, wait};

use crate::{GATE, LONG, Pool, at_the_gate, panics_at, square};

/// `test_first_completed`, `test_first_completed_some_already_completed`
pub(crate) fn wait_for_the_first(pool: &impl Pool) {
    let blocked = pool.submit(at_the_gate, 1).unwrap();
    let quick = pool.submit(square, 2).unwrap();
    let waited = wait(vec![blocked, quick], Some(LONG), ReturnWhen::FirstCompleted);
    assert_eq!((waited.done.len(), waited.not_done.len()), (1, 1));
    let again = waited.not_done.into_iter().chain(waited.done).collect();
    let waited = wait(again, Some(LONG), ReturnWhen::FirstCompleted);
    assert_eq!((waited.done.len(), waited.not_done.len()), (1, 1));
    GATE.set();
    let none: Vec<Future<u64>> = Vec::new();
    assert!(wait(none, None, ReturnWhen::FirstCompleted).done.is_empty());
}

/// `test_first_exception`, `test_first_exception_some_already_complete`
pub(crate) fn wait_for_the_first_exception(pool: &impl Pool) {
    let submit = |argument| pool.submit(panics_at, argument).unwrap();
    let (fine, bad) = (submit((1, 2)), submit((2, 2)));
    let blocked = pool.submit(at_the_gate, 1).unwrap();
    let futures = vec![fine, bad, blocked];
    let waited = wait(futures, Some(LONG), ReturnWhen::FirstException);
    assert!(waited.done.iter().any(|future| future.exception().is_some()));
    assert_eq!(waited.not_done.iter().filter(|it| it.running()).count(), 1);
    GATE.set();
    let waited = wait(waited.not_done, Some(LONG), ReturnWhen::FirstException);
    assert!(waited.not_done.is_empty(), "without an exception it waits for all");
}

/// `test_all_completed`
pub(crate) fn wait_for_all(pool: &impl Pool) {
    let futures = (0..100).map(|n| pool.submit(square, n).unwrap()).collect();
    let waited = wait(futures, Some(LONG), ReturnWhen::AllCompleted);
    assert!(waited.not_done.is_empty());
    let results = waited.done.into_iter().map(|future| future.result().unwrap());
    assert!(results.eq((0..100).map(square)), "in the order given");
}

/// `test_timeout`
pub(crate) fn wait_times_out(pool: &impl Pool) {
    let (blocked, quick) =
        (pool.submit(at_the_gate, 1).unwrap(), pool.submit(square, 2).unwrap());
    let quick = wait(vec![quick], Some(LONG), ReturnWhen::AllCompleted).done;
    let futures = quick.into_iter().chain([blocked]).collect();
    let timeout = Some(Duration::from_millis(50));
    let waited = wait(futures, timeout, ReturnWhen::AllCompleted);
    assert_eq!((waited.done.len(), waited.not_done.len()), (1, 1));
    GATE.set();
}

/// `test_no_timeout` of `as_completed`
pub(crate) fn as_completed_gives_each_once_in_the_order_of_their_ends(
    pool: &impl Pool,
) {
    let blocked = pool.submit(at_the_gate, 100).unwrap();
    let quick = (0..100).map(|n| pool.submit(|n: u64| n, n).unwrap());
    let mut done = as_completed(std::iter::once(blocked).chain(quick));
    assert_eq!(done.size_hint(), (0, Some(101)));
    let first: BTreeSet<u64> =
        done.by_ref().take(100).map(|future| future.result().unwrap()).collect();
    assert!(first.into_iter().eq(0..100));
    GATE.set();
    assert_eq!(done.next().unwrap().result(), Ok(100));
    assert!(done.next().is_none() && done.next().is_none());
}

/// `test_pending_calls_race`, `test_submit_from_callback`
pub(crate) fn many_threads_wait_for_their_own_results(pool: &impl Pool) {
    fn own_results(pool: &impl Pool, thread: u64) {
        for n in 0..200 {
            let number = thread * 1000 + n;
            assert_eq!(pool.apply(square, number), Ok(square(number)));
        }
    }
    std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || own_results(pool, thread));
        }
    });
}

pub(crate) fn a_hundred_thousand_tasks(pool: &impl Pool) {
    let futures: Vec<_> =
        (0..100_000).map(|n| pool.submit(|n: u64| n, n).unwrap()).collect();
    assert!(futures.into_iter().map(|future| future.result().unwrap()).eq(0..100_000));
}
