//! A thread before its start.

use std::fmt;
use std::io;

use interleavings::thread::Builder;

use crate::end::End;
use crate::thread::Thread;

/// A thread that has been made, and not been started (N2.18): a name and a function.
///
/// Nothing runs before [`start`](Self::start), and nothing runs if it is dropped.
/// The start consumes it, so a second one does not compile; in Python it is a
/// `RuntimeError`:
///
/// ```compile_fail,E0382
/// # use threads::Unstarted;
/// let thread = Unstarted::new("once", || ());
/// thread.start()?;
/// thread.start()?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// A thread may outlive the function that has started it, and so it cannot borrow from
/// there:
///
/// ```compile_fail,E0373
/// let apples = vec![1, 2, 3];
/// let count = || apples.len();
/// threads::spawn("count", count)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use = "a thread does nothing until it is started"]
pub struct Unstarted<F> {
    name: String,
    function: F,
}

impl<F> Unstarted<F> {
    /// Makes a thread of that name, which is to call `function`.
    ///
    /// The kernel keeps the first 15 bytes of the name, and [`Thread::name`] all of it.
    pub fn new(name: impl Into<String>, function: F) -> Self {
        Self { name: name.into(), function }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl<F, T> Unstarted<F>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    /// Starts the thread, and returns before or after it has begun to run.
    ///
    /// # Errors
    /// If the system has no room for a thread. The function is dropped then.
    ///
    /// # Panics
    /// If the name has a byte of zero in it, which the kernel's names cannot have.
    pub fn start(self) -> io::Result<Thread<T>> {
        let (end, reaches) = End::new();
        let Self { name, function } = self;
        let handle = Builder::new().name(name.clone()).spawn(move || {
            let _at_the_end = reaches;
            function()
        })?;
        Ok(Thread::new(name, handle, end))
    }
}

impl<F> fmt::Debug for Unstarted<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unstarted({})", self.name)
    }
}

/// Makes a thread and starts it.
///
/// # Errors
/// As [`Unstarted::start`].
///
/// # Panics
/// As [`Unstarted::start`].
///
/// ```
/// let thread = threads::spawn("worker", || 6 * 7)?;
/// assert_eq!(thread.join()?, 42);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn spawn<F, T>(name: impl Into<String>, function: F) -> io::Result<Thread<T>>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    Unstarted::new(name, function).start()
}
