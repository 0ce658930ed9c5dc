//! A mutex without poison.

use std::sync::PoisonError;

use interleavings::sync::{Mutex, MutexGuard};

/// Takes a mutex, also one whose holder has panicked.
///
/// The critical sections of this crate call no code of its user, so none is left half
/// done. A user whose own data is half changed by a panic has to care for it, as in
/// Python; the docs of the locks say so.
#[track_caller]
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
