//! Scenes that need a ring where the kernel refuses one.

use crate::Error;

/// The ring, or the error that skips the scene where the kernel refuses it.
///
/// # Errors
/// [`Skipped`](shared::Skipped) in place of [`Error::Refused`]; any other as it is.
pub fn or_skip<T>(ring: Result<T, Error>) -> shared::Result<T> {
    match ring {
        Err(refused @ Error::Refused { .. }) => shared::skip!(
            "{refused}";
            "use Linux 6.1 or later with kernel.io_uring_disabled=0, and no seccomp \
             profile that forbids io_uring, as containers have it"
        ),
        other => Ok(other?),
    }
}
