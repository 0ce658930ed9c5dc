//! What the scenes use beside the language.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use shared::{pace, trace};

/// How many of two workers are at work at once, at the most.
///
/// Each worker gets a function that stands for its work. It waits until the other
/// worker is at work as well, but no longer than `patience`, and then lasts half a
/// second of the notes.
///
/// ```
/// use std::time::Duration;
///
/// let most = scopes::kit::most_at_work(Duration::from_secs(10), |work| work());
/// assert_eq!(most, 2);
/// ```
///
/// # Panics
/// If a worker panics, or the kernel has no room for two threads.
pub fn most_at_work(patience: Duration, worker: impl Fn(&dyn Fn()) + Sync) -> usize {
    let (at_work, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || {
        let _works = trace::span("works");
        let deadline = Instant::now() + patience;
        most.fetch_max(at_work.fetch_add(1, SeqCst) + 1, SeqCst);
        while most.load(SeqCst) < 2 && Instant::now() < deadline {
            thread::yield_now();
        }
        pace::sleep(0.5);
        at_work.fetch_sub(1, SeqCst);
    };
    thread::scope(|scope| {
        for name in ["worker x", "worker y"] {
            let thread = thread::Builder::new().name(name.to_owned());
            let started = thread.spawn_scoped(scope, || worker(&work));
            started.unwrap_or_else(|error| panic!("cannot start {name}: {error}"));
        }
    });
    most.into_inner()
}
