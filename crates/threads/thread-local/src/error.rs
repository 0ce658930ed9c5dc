//! Why a value was not set.

use std::fmt;

/// Why a value was not set. It hands the value back.
///
/// ```
/// use thread_local::{Local, SetError};
///
/// static USER: Local<&str> = Local::new();
///
/// let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// let task = async { USER.set("alex") };
/// let refused = runtime.block_on(async { tokio::spawn(task).await })?;
/// assert!(matches!(refused, Err(SetError::NoScope("alex"))));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SetError<T> {
    /// The caller is a tokio task that no scope is around. Its value would be the
    /// worker thread's, and be seen by other tasks.
    #[error("this tokio task has no values of its own: run it in Local::scope")]
    NoScope(T),
    /// The caller is a destructor that runs when the values of its thread are gone.
    #[error("this thread is about to end, and its values are gone")]
    Ending(T),
}

impl<T> SetError<T> {
    /// The value that was not set.
    pub fn into_value(self) -> T {
        match self {
            Self::NoScope(value) | Self::Ending(value) => value,
        }
    }
}

/// Shows the reason, but not the value, so the value may be of any type.
impl<T> fmt::Debug for SetError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoScope(_) => "NoScope(..)",
            Self::Ending(_) => "Ending(..)",
        })
    }
}
