//! The life of a thread: how long it takes to start, to run and to end.

use std::fs;
use std::io;
use std::time::{Duration, Instant};

use nix::time::{ClockId, clock_gettime};

use crate::error::Panicked;
use crate::start::spawn;

/// How long a thread took to start, to run and to end: the Ts, Tr and Td of N5.13.
///
/// A pool of threads that are used again saves the first and the last for each task.
///
/// ```
/// let (sum, life) = threads::Life::of("sum", || (1..=1_000_u64).sum::<u64>())?;
/// assert_eq!(sum, 500_500);
/// println!("{:?} + {:?} + {:?}", life.start, life.run.time, life.end);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Life {
    /// From the call that starts it to the first line of its function (Ts).
    pub start: Duration,
    /// Its function (Tr).
    pub run: Run,
    /// From the return of its function to that of the join (Td).
    pub end: Duration,
}

/// How a thread spent the time of its function: it ran, was ready, or was blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Run {
    /// The whole time.
    pub time: Duration,
    /// It ran on a core.
    pub on_core: Duration,
    /// It was ready to run, and waited for a core.
    pub ready: Duration,
    /// It was blocked: it waited for something else, such as the end of a sleep. This
    /// is what the other two leave of the whole time.
    pub blocked: Duration,
}

impl Life {
    /// Starts a thread of that name that calls `function`, joins it, and returns its
    /// value and its life.
    ///
    /// # Errors
    /// If the system has no room for a thread, if the kernel does not count
    /// (`/proc/thread-self/schedstat` needs a kernel with `CONFIG_SCHED_INFO`, as all
    /// large distributions have), and the panic of the thread as a [`Panicked`].
    pub fn of<T: Send + 'static>(
        name: &str,
        function: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<(T, Self)> {
        let called = Instant::now();
        let thread = spawn(name, move || {
            let began = Instant::now();
            let before = Counted::now()?;
            let value = function();
            let after = Counted::now()?;
            let ended = Instant::now();
            let run = Run::of(ended - began, before, after);
            io::Result::Ok((value, began, run, ended))
        })?;
        let lived = thread.join().map_err(io::Error::other::<Panicked>)?;
        let joined = Instant::now();
        let (value, began, run, ended) = lived?;
        Ok((value, Self { start: began - called, run, end: joined - ended }))
    }
}

impl Run {
    fn of(time: Duration, before: Counted, after: Counted) -> Self {
        let on_core = after.on_core.saturating_sub(before.on_core);
        let ready = after.ready.saturating_sub(before.ready);
        let blocked = time.saturating_sub(on_core + ready);
        Self { time, on_core, ready, blocked }
    }
}

/// What the kernel has counted of a thread until now.
#[derive(Debug, Clone, Copy)]
struct Counted {
    on_core: Duration,
    ready: Duration,
}

impl Counted {
    /// Of the calling thread.
    fn now() -> io::Result<Self> {
        // The time on a core could be had from the same file, but there it is brought
        // up to date only at the ticks of the scheduler, milliseconds apart.
        let on_core = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)?.into();
        let counted = fs::read_to_string(SCHEDSTAT).map_err(|error| {
            io::Error::new(error.kind(), format!("{SCHEDSTAT}: {error}"))
        })?;
        let ready = ready(&counted)
            .ok_or_else(|| io::Error::other(format!("{SCHEDSTAT} has {counted:?}")))?;
        Ok(Self { on_core, ready })
    }
}

const SCHEDSTAT: &str = "/proc/thread-self/schedstat";

/// The second of the three numbers: nanoseconds in which the thread was ready.
fn ready(schedstat: &str) -> Option<Duration> {
    let nanos = schedstat.split_whitespace().nth(1)?.parse().ok()?;
    Some(Duration::from_nanos(nanos))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn the_second_number_is_the_time_in_which_it_was_ready() {
        assert_eq!(ready("10 2000 3\n"), Some(Duration::from_micros(2)));
        assert_eq!(ready(""), None);
        assert_eq!(ready("10 x 3"), None);
    }

    #[test]
    fn what_neither_ran_nor_was_ready_was_blocked() {
        let millis = Duration::from_millis;
        let before = Counted { on_core: millis(1), ready: millis(2) };
        let after = Counted { on_core: millis(31), ready: millis(12) };
        let run = Run::of(millis(100), before, after);
        assert_eq!((run.on_core, run.ready), (millis(30), millis(10)));
        assert_eq!((run.time, run.blocked), (millis(100), millis(60)));
    }
}
