//! A thread that has been started, and how it is joined.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use interleavings::thread::JoinHandle;

use crate::end::End;
use crate::error::Panicked;

/// A thread that has been started; made by [`spawn`](crate::spawn) or
/// [`Unstarted::start`](crate::Unstarted::start).
///
/// It is the thread's handle: dropping it ends nothing, but then the thread's value, or
/// its panic, is lost.
pub struct Thread<T> {
    name: String,
    handle: JoinHandle<T>,
    end: Arc<End>,
}

impl<T> Thread<T> {
    pub(crate) fn new(name: String, handle: JoinHandle<T>, end: Arc<End>) -> Self {
        Self { name, handle, end }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it has not come to its end yet: its function has not returned or
    /// panicked.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        !self.end.is_reached()
    }

    /// Waits until it has ended, and returns its value.
    ///
    /// The value comes with the handle, and so each value with its own thread. Joining
    /// consumes the handle: a value can be had once.
    ///
    /// ```compile_fail,E0382
    /// let thread = threads::spawn("worker", || String::from("done"))?;
    /// let first = thread.join();
    /// let second = thread.join();
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// Its panic, if it has panicked.
    ///
    /// # Panics
    /// If a thread joins itself, which would never end.
    pub fn join(self) -> Result<T, Panicked> {
        self.handle.join().map_err(|payload| Panicked::new(self.name, payload))
    }

    /// Waits until it has ended, but for `timeout` at most (N5.3).
    ///
    /// Python's `join(timeout)` returns the same in both cases, and the caller has to
    /// ask `is_alive()`.
    ///
    /// # Errors
    /// [`JoinError::StillRunning`] with this handle if the time is up, and
    /// [`JoinError::Panicked`] if the thread has panicked.
    ///
    /// ```
    /// use std::sync::mpsc::channel;
    /// use std::time::Duration;
    /// use threads::JoinError;
    ///
    /// let (go, wait) = channel();
    /// let thread = threads::spawn("waits", move || wait.recv())?;
    /// let joined = thread.join_timeout(Duration::from_millis(10));
    /// let Err(JoinError::StillRunning(thread)) = joined else {
    ///     unreachable!("it waits")
    /// };
    /// go.send("gone")?;
    /// assert_eq!(thread.join()?, Ok("gone"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn join_timeout(self, timeout: Duration) -> Result<T, JoinError<T>> {
        if self.end.wait_timeout(timeout) {
            Ok(self.join()?)
        } else {
            Err(JoinError::StillRunning(self))
        }
    }
}

impl<T> fmt::Debug for Thread<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.is_alive() { "alive" } else { "ended" };
        write!(f, "Thread({}, {state})", self.name)
    }
}

/// Why [`Thread::join_timeout`] brings no value.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum JoinError<T> {
    /// The time is up, and the thread still runs: here it is.
    #[error("thread {} is still running", .0.name())]
    StillRunning(Thread<T>),
    /// The thread has panicked.
    #[error(transparent)]
    Panicked(#[from] Panicked),
}

impl<T> fmt::Debug for JoinError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StillRunning(thread) => write!(f, "StillRunning({thread:?})"),
            Self::Panicked(panicked) => write!(f, "{panicked:?}"),
        }
    }
}
