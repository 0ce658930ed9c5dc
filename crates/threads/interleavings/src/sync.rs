//! The types of [`std::sync`], whose operations are the steps of an explored program.
//!
//! Outside an exploration each is std's, with one look at a flag before it. What is not
//! here works in an explored program only if it never waits for another thread: an
//! [`Arc`] does, a channel or a barrier of std does not.

pub mod atomic;
mod condvar;
mod mutex;
mod rw_lock;

pub use std::sync::{Arc, LockResult, PoisonError, TryLockError, TryLockResult, Weak};

pub use condvar::{Condvar, WaitTimeoutResult};
pub use mutex::{Mutex, MutexGuard};
pub use rw_lock::{RwLock, RwLockReadGuard, RwLockWriteGuard};
