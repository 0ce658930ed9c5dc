//! The errors of a process lock: its last holder has died, or it is held.

use std::error::Error;
use std::fmt;

/// The lock is held, but a holder before has died or panicked, and the value may be
/// half changed.
///
/// `recover` repairs the value; [`into_inner`](Self::into_inner) uses it as it is.
#[must_use = "it holds the lock"]
pub struct Inherited<G>(pub(crate) G);

impl<G> Inherited<G> {
    /// The guard, for a value that no death leaves half changed; the next holder
    /// inherits the lock again.
    pub fn into_inner(self) -> G {
        self.0
    }
}

impl<G> fmt::Display for Inherited<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a holder of the lock has died or panicked, and the value that it protects \
             may be half changed",
        )
    }
}

impl<G> fmt::Debug for Inherited<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inherited").finish_non_exhaustive()
    }
}

impl<G> Error for Inherited<G> {}

/// Why a lock was not acquired by a thread that does not wait for it without end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TryLockError<G> {
    /// This thread holds the lock now, and has to see to the value.
    #[error(transparent)]
    Inherited(#[from] Inherited<G>),
    /// Another thread or process holds the lock, and the time to wait is up.
    #[error("another thread or process holds the lock")]
    Busy,
    /// This thread holds the lock already, so a wait would not end.
    #[error("this thread holds the lock already")]
    AlreadyHeld,
}

impl<G> TryLockError<G> {
    /// The guard, if the lock is held and inherited.
    pub fn inherited(self) -> Option<Inherited<G>> {
        match self {
            Self::Inherited(inherited) => Some(inherited),
            Self::Busy | Self::AlreadyHeld => None,
        }
    }
}
