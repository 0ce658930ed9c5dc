//! Threads in numbers for the tests, as `Bunch` of CPython's `lock_tests`: no test
//! waits for them for ever.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Longer than anything takes here, however loaded the machine is.
pub(crate) const LONG: Duration = Duration::from_mins(1);

/// Short, where a test has to wait until a time is up.
pub(crate) const SHORT: Duration = Duration::from_millis(50);

/// Threads that do the same work on the same thing.
pub(crate) struct Bunch<R> {
    results: Receiver<(usize, R)>,
    count: usize,
}

impl<R: Send + 'static> Bunch<R> {
    /// Starts `count` threads; each does `work` with what they share and its number.
    pub(crate) fn of<S: Send + Sync + 'static>(
        count: usize,
        shared: &Arc<S>,
        work: fn(&S, usize) -> R,
    ) -> Self {
        let (sender, results) = channel();
        for number in 0..count {
            let (shared, sender) = (Arc::clone(shared), sender.clone());
            thread::spawn(move || sender.send((number, work(&shared, number))));
        }
        Self { results, count }
    }

    /// Waits for all threads; their results, in the order of their numbers.
    pub(crate) fn results(self) -> Vec<R> {
        let mut results: Vec<_> = (0..self.count).map(|_| self.next()).collect();
        results.sort_by_key(|(number, _)| *number);
        results.into_iter().map(|(_, result)| result).collect()
    }

    /// Waits for the next thread to end; its number and its result.
    pub(crate) fn next(&self) -> (usize, R) {
        self.results.recv_timeout(LONG).expect("a thread's result")
    }
}

/// Lets the others run until `holds`.
pub(crate) fn until(mut holds: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < LONG, "waited in vain");
        thread::yield_now();
    }
}
