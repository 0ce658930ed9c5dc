//! What the detector reports: which thread took which lock, where, and which one after
//! it.

use std::fmt;
use std::panic::Location;
use std::path::Path;

/// A line of the program's source.
pub type Place = &'static Location<'static>;

/// A lock, and the line at which a thread took it or asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The name of the lock.
    pub lock: String,
    /// The line.
    pub place: Place,
}

/// The order in which a thread took two locks: it held the first when it asked for the
/// second.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The name of the thread, or its id if it has none.
    pub thread: String,
    /// The lock that it held.
    pub first: Taken,
    /// The lock that it asked for.
    pub then: Taken,
}

/// Why a lock was not taken: the thread would wait for ever, because each thread of a
/// circle waits for a lock that the next one holds. A thread that asks for a lock that
/// it holds is a circle of one.
///
/// Printed, it is one line. [`cycle`](Self::cycle) has its parts.
///
/// ```
/// use thread_locks::{Detector, Lock};
///
/// let detector = Detector::new();
/// let mutex_a = Lock::new(&detector, "mutexA", ());
/// let _held = mutex_a.lock()?;
/// let error = mutex_a.lock().unwrap_err();
/// assert!(error.to_string().starts_with("deadlock: main took mutexA at "));
/// # Ok::<(), thread_locks::WouldDeadlock>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("deadlock: {}", list(.cycle, "waits for"))]
#[non_exhaustive]
pub struct WouldDeadlock {
    /// For each thread the lock that it holds and the lock that it waits for, which the
    /// next one holds. The thread that got this error is the first.
    pub cycle: Box<[Order]>,
}

/// Locks that were taken in orders which do not go together: each order begins with the
/// lock that the one before it ends with, and the last ends with the first's.
///
/// Threads that do all of this at the same time can deadlock, and the threads that did
/// it once have been lucky, or were the same thread.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inversion {
    /// The orders. The one that closed the circle is the first.
    pub cycle: Box<[Order]>,
}

impl fmt::Display for Inversion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "lock order inverted: {}", list(&self.cycle, "then"))
    }
}

/// `left took fork at two_locks.rs:40 and waits for knife at two_locks.rs:42; …`
fn list(cycle: &[Order], then: &str) -> String {
    let orders: Vec<_> = cycle.iter().map(|order| order.told(then)).collect();
    orders.join("; ")
}

impl Order {
    fn told(&self, then: &str) -> String {
        format!("{} took {} and {then} {}", self.thread, self.first, self.then)
    }
}

/// `left took fork at two_locks.rs:40 and then knife at two_locks.rs:42`
impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told("then"))
    }
}

/// `fork at two_locks.rs:40`
impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = Path::new(self.place.file()).file_name().unwrap_or_default();
        write!(f, "{} at {}:{}", self.lock, file.display(), self.place.line())
    }
}
