use loom::thread;

use super::*;

/// A barrier for two; the other one does `work` in its own thread.
fn with_two<R: 'static>(work: fn(&Barrier) -> R, mine: impl FnOnce(&Barrier)) -> (Arc<Barrier>, R) {
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

/// Whether the time is up before the other comes or not: both pass, or neither does.
#[test]
fn a_timeout_breaks_it_for_both_or_for_none() {
    loom::model(|| {
        let mut mine = Ok(0);
        let (barrier, others) =
            with_two(Barrier::wait, |barrier| mine = barrier.wait_timeout(Duration::ZERO));
        assert_eq!(mine.is_ok(), others.is_ok());
        assert_eq!(barrier.is_broken(), mine.is_err());
        assert_eq!(barrier.n_waiting(), 0);
    });
}

/// Whoever is broken off by the abort stays so: after the reset the two meet in a new round, or not at all.
#[test]
fn abort_and_reset_leave_nobody_behind() {
    loom::model(|| {
        let twice = |barrier: &Barrier| [barrier.wait(), barrier.wait_timeout(Duration::ZERO)];
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
