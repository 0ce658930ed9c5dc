//! Loom models of the barrier: every schedule of a few steps.

// Not loom's: the counter only watches, and loom need not try what happens between its
// steps.
use std::sync::atomic::AtomicUsize;

use loom::thread;

use super::*;

/// A barrier for two; the other one does `work` in its own thread.
fn with_two<R: 'static>(
    work: fn(&Barrier) -> R,
    mine: impl FnOnce(&Barrier),
) -> (Arc<Barrier>, R) {
    let barrier = Arc::new(Barrier::new(2).expect("two"));
    let shared = Arc::clone(&barrier);
    let other = thread::spawn(move || work(&shared));
    mine(&barrier);
    let result = other.join().expect("no panic");
    (barrier, result)
}

#[test]
fn two_rounds_are_passed_together() {
    loom::model(|| {
        let twice = |barrier: &Barrier| [barrier.wait(), barrier.wait()];
        let mut mine = [Ok(0); 2];
        let (_, others) = with_two(twice, |barrier| mine = twice(barrier));
        for (mine, others) in mine.into_iter().zip(others) {
            assert_eq!(mine.and_then(|mine| Ok(mine + others?)), Ok(0 + 1));
        }
    });
}

#[test]
fn no_thread_passes_until_all_three_have_come() {
    loom::model(|| {
        let shared = Arc::new((Barrier::new(3).expect("three"), AtomicUsize::new(0)));
        let come = |(barrier, came): &(Barrier, AtomicUsize)| {
            came.fetch_add(1, Ordering::Relaxed);
            let index = barrier.wait();
            assert_eq!(came.load(Ordering::Relaxed), 3);
            index.expect("not broken")
        };
        let others = [0, 1].map(|_| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || come(&shared))
        });
        let mut indices = vec![come(&shared)];
        indices.extend(others.map(|other| other.join().expect("no panic")));
        indices.sort_unstable();
        assert_eq!(indices, [0, 1, 2]);
    });
}

/// Whether the time is up before the other comes or not: both pass, or neither does.
#[test]
fn a_timeout_breaks_it_for_both_or_for_none() {
    loom::model(|| {
        let mut mine = Ok(0);
        let (barrier, others) = with_two(Barrier::wait, |barrier| {
            mine = barrier.wait_timeout(Duration::ZERO)
        });
        assert_eq!(mine.is_ok(), others.is_ok());
        assert_eq!(barrier.is_broken(), mine.is_err());
        assert_eq!(barrier.n_waiting(), 0);
    });
}

/// A thread that the abort has broken off stays so: after the reset the two meet in a
/// new round, or not at all.
#[test]
fn abort_and_reset_leave_no_thread_behind() {
    loom::model(|| {
        let twice =
            |barrier: &Barrier| [barrier.wait(), barrier.wait_timeout(Duration::ZERO)];
        let mut mine = Ok(0);
        let (barrier, others) = with_two(twice, |barrier| {
            barrier.abort();
            barrier.reset();
            mine = barrier.wait_timeout(Duration::ZERO);
        });
        let met = others.into_iter().filter(Result::is_ok).count();
        assert_eq!(met, usize::from(mine.is_ok()));
        assert_eq!(barrier.n_waiting(), 0);
    });
}

/// The action runs once, when both have come and before either goes on.
#[test]
fn the_action_comes_between_the_two_sides() {
    loom::model(|| {
        // Plain counters of loom: it tries every stale value that they may have.
        use loom::sync::atomic::AtomicUsize;
        let counts = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
        let seen = Arc::clone(&counts);
        let action = move || {
            assert_eq!(seen[0].load(Ordering::Relaxed), 2);
            seen[1].fetch_add(1, Ordering::Relaxed);
        };
        let barrier = Arc::new(Barrier::with_action(2, action).expect("two"));
        let come = {
            let (barrier, counts) = (Arc::clone(&barrier), Arc::clone(&counts));
            move || {
                counts[0].fetch_add(1, Ordering::Relaxed);
                barrier.wait().expect("not broken");
                assert_eq!(counts[1].load(Ordering::Relaxed), 1);
            }
        };
        let other = thread::spawn(come.clone());
        come();
        other.join().expect("no panic");
    });
}
