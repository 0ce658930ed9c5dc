//! The panic of a thread, as its join returns it.

use std::any::Any;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// The panic of a thread, as its join returns it.
///
/// ```
/// let thread = threads::spawn("bad", || panic!("rotten apple"))?;
/// let panicked = thread.join().unwrap_err();
/// assert_eq!(panicked.to_string(), "thread bad panicked: rotten apple");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Panicked {
    thread: String,
    /// The mutex makes it `Sync`, as errors that are handed on have to be: a payload is
    /// only `Send`.
    payload: Mutex<Box<dyn Any + Send>>,
}

impl Panicked {
    pub(crate) fn new(thread: String, payload: Box<dyn Any + Send>) -> Self {
        Self { thread, payload: Mutex::new(payload) }
    }

    /// The name of the thread.
    #[must_use]
    pub fn thread(&self) -> &str {
        &self.thread
    }

    /// The message, if it panicked with one, as `panic!` does.
    #[must_use]
    pub fn message(&self) -> Option<String> {
        let payload = self.payload.lock().unwrap_or_else(PoisonError::into_inner);
        let literal = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        literal.or_else(|| payload.downcast_ref::<String>().cloned())
    }

    /// The value with which it panicked. With [`std::panic::resume_unwind`] the panic
    /// goes on in the thread that has joined.
    ///
    /// ```
    /// use std::panic::panic_any;
    ///
    /// let thread = threads::spawn("bad", || panic_any(7))?;
    /// let payload = thread.join().unwrap_err().into_payload();
    /// assert_eq!(payload.downcast_ref(), Some(&7));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn into_payload(self) -> Box<dyn Any + Send> {
        self.payload.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::error::Error for Panicked {}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { thread, .. } = self;
        match self.message() {
            Some(message) => write!(f, "thread {thread} panicked: {message}"),
            None => write!(f, "thread {thread} panicked with a value that is no text"),
        }
    }
}

impl fmt::Debug for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Panicked({:?}, {:?})", self.thread, self.message())
    }
}
