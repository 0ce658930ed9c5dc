//! A function that runs later, in a thread of its own, unless it is cancelled: Python's
//! `threading.Timer`.

use std::any::Any;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use shared::trace;

use crate::Condition;
use crate::sync::{Deadline, thread};

/// A function, and how long after [`start`](Self::start) it runs (N1.3, N5.8).
///
/// ```
/// # use std::time::Duration;
/// # use thread_signals::Timer;
/// let timer = Timer::new("bell", Duration::from_millis(10), || 6 * 7).start()?;
/// assert_eq!(timer.join()?, Some(42));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Starting a timer twice, a `RuntimeError` in Python, does not compile, since starting
/// consumes it:
///
/// ```compile_fail,E0382
/// # use std::time::Duration;
/// # use thread_signals::Timer;
/// let timer = Timer::new("bell", Duration::ZERO, || ());
/// let once = timer.start();
/// let twice = timer.start();
/// ```
#[must_use = "a timer does nothing until it is started"]
pub struct Timer<F> {
    name: String,
    interval: Duration,
    function: F,
}

/// Why a timer could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The name contains a zero byte, at which the system's thread names end.
    #[error("timer {0:?}: the name of a thread cannot contain a zero byte")]
    Name(String),
    /// The system did not start the thread.
    #[error("timer {name}: cannot start its thread")]
    Thread {
        /// The timer's name.
        name: String,
        /// The system's error.
        source: io::Error,
    },
}

/// The timer's function panicked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("timer {name}: its function panicked: {message}")]
pub struct TimerPanicked {
    /// The timer's name.
    pub name: String,
    /// The message of the panic.
    pub message: String,
}

impl<F> Timer<F> {
    /// A timer that, once started, runs `function` after `interval` in a thread called
    /// `name`.
    ///
    /// With an interval of [`Duration::MAX`] it never runs, and can only be cancelled.
    pub fn new(name: impl Into<String>, interval: Duration, function: F) -> Self {
        Self { name: name.into(), interval, function }
    }

    /// Starts the timer's thread; the interval begins.
    ///
    /// # Errors
    /// [`StartError`] if a thread cannot have the name or the system gives no thread;
    /// the function is dropped.
    pub fn start<T>(self) -> Result<StartedTimer<T>, StartError>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let Self { name, interval, function } = self;
        if name.contains('\0') {
            return Err(StartError::Name(name));
        }
        let phase = Arc::new(Condition::new(Phase::Pending));
        let thread = thread::Builder::new().name(name.clone()).spawn({
            let phase = Arc::clone(&phase);
            move || run(&phase, interval, function)
        });
        match thread {
            Ok(thread) => Ok(StartedTimer { name, phase, thread: Some(thread) }),
            Err(source) => Err(StartError::Thread { name, source }),
        }
    }
}

/// A timer leaves `Pending` once, under the lock, so it is cancelled or fires, and
/// never both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Pending,
    Cancelled,
    Fired,
}

fn run<T>(
    phase: &Condition<Phase>,
    interval: Duration,
    function: impl FnOnce() -> T,
) -> Option<T> {
    let mut phase = phase.lock();
    let cancelled = |phase: &mut Phase| *phase == Phase::Cancelled;
    if phase.wait_for_until(cancelled, &Deadline::after(interval), "for its time") {
        return None;
    }
    *phase = Phase::Fired;
    drop(phase);
    let _runs = trace::span("runs its function");
    Some(function())
}

/// A timer whose interval has begun.
///
/// Dropping it cancels the timer, or waits for the function if that has begun. Python
/// lets the thread of a dropped Timer go on and waits for it at the program's end. A
/// Rust program does not wait for its threads: the function would run or not, depending
/// on how long `main` still takes. Call [`join`](Self::join) if it is to run.
#[must_use = "dropping a started timer cancels it"]
pub struct StartedTimer<T> {
    name: String,
    phase: Arc<Condition<Phase>>,
    /// Taken only when it is joined.
    thread: Option<thread::JoinHandle<Option<T>>>,
}

impl<T> StartedTimer<T> {
    /// Cancels the timer, and returns whether that was in time: after `true` the
    /// function never runs, after `false` it has begun.
    #[allow(
        clippy::must_use_candidate,
        reason = "most callers only want the function not to run if possible"
    )]
    pub fn cancel(&self) -> bool {
        let mut phase = self.phase.lock();
        if *phase == Phase::Pending {
            *phase = Phase::Cancelled;
            phase.notify_all();
        }
        *phase == Phase::Cancelled
    }

    /// Waits until the function has run, and returns its value; `None`, at once, if the
    /// timer was cancelled.
    ///
    /// # Errors
    /// [`TimerPanicked`] if the function panicked.
    ///
    /// # Panics
    /// If the function joins its own timer, which would be a deadlock.
    pub fn join(mut self) -> Result<Option<T>, TimerPanicked> {
        let Some(thread) = self.thread.take() else { return Ok(None) };
        thread.join().map_err(|panic| TimerPanicked {
            name: self.name.clone(),
            message: message(&*panic),
        })
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("with a value that is not a string").to_owned()
}

impl<T> Drop for StartedTimer<T> {
    fn drop(&mut self) {
        self.cancel();
        let Some(thread) = self.thread.take() else { return };
        // The function may drop its own timer: it cannot wait for its own end.
        if thread.thread().id() != thread::current().id() {
            // Nothing waits for the value. The panic hook has reported a panic.
            let _ = thread.join();
        }
    }
}

impl<F> fmt::Debug for Timer<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timer({:?}, {:?})", self.name, self.interval)
    }
}

impl<T> fmt::Debug for StartedTimer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StartedTimer({:?}, {:?})", self.name, *self.phase.lock())
    }
}

#[cfg(all(test, loom))]
mod loom_models;
#[cfg(all(test, not(loom)))]
mod tests;
