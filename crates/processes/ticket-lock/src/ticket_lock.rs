//! A fair lock for threads: first come, first served.

use std::fmt;
use std::ops::{Deref, DerefMut};

use crate::cell::{Exclusive, UnsafeCell};
use crate::now_serving::NowServing;

#[cfg(loom)]
use loom::sync::atomic::{AtomicU32, Ordering};
#[cfg(not(loom))]
use std::sync::atomic::{AtomicU32, Ordering};

/// A mutex that threads get strictly in the order in which they have asked for it.
///
/// Each thread draws a ticket, as at a counter, and waits until its number is shown. No
/// thread can be overtaken, so none starves; std's mutex and `parking_lot`'s go to a
/// thread that asks at the right moment, which is faster and promises nothing. Source:
/// Mellor-Crummey & Scott, ACM TOCS 9(1), 1991.
///
/// The next thread polls for its number for a few microseconds, and then sleeps; the
/// threads behind it sleep at once (the crate's documentation has the costs). There is
/// no wait with a timeout: a thread that gave up would leave a ticket that is never
/// served, and every thread behind it would wait for ever.
///
/// It is not poisoned: a panic releases it, as an exception leaves Python's `with
/// lock:`. A thread that locks it again while it holds it deadlocks.
///
/// ```
/// use ticket_lock::TicketLock;
///
/// let apples = TicketLock::new(0);
/// std::thread::scope(|scope| {
///     for _ in 0..4 {
///         scope.spawn(|| *apples.lock() += 1);
///     }
/// });
/// assert_eq!(*apples.lock(), 4);
/// ```
///
/// Threads share a value that may be sent from one to the next, and nothing else
/// (E0277: `Rc` cannot be sent):
///
/// ```compile_fail,E0277
/// let lock = ticket_lock::TicketLock::new(std::rc::Rc::new(1));
/// std::thread::scope(|scope| scope.spawn(|| drop(lock.lock())).join());
/// ```
pub struct TicketLock<T: ?Sized> {
    /// The next ticket to be drawn. It begins anew after 2³².
    next: AtomicU32,
    serving: NowServing,
    value: UnsafeCell<T>,
}

// SAFETY: the value is used by one thread at a time, the one whose ticket is served; so
// it need only be possible to send it from one to the next.
unsafe impl<T: ?Sized + Send> Sync for TicketLock<T> {}

impl<T> TicketLock<T> {
    /// A lock that is free.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self {
            next: AtomicU32::new(0),
            serving: NowServing::new(),
            value: UnsafeCell::new(value),
        }
    }

    /// The value, which is not shared any more.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized> TicketLock<T> {
    /// Waits until the threads that came before are done, and holds the lock until the
    /// guard is dropped.
    pub fn lock(&self) -> TicketGuard<'_, T> {
        // Only its place in the order matters here; the writes of the last holder
        // become visible with its number (`NowServing`).
        let ticket = self.next.fetch_add(1, Ordering::Relaxed);
        self.serving.wait_for(ticket);
        self.guard()
    }

    /// Takes the lock if it is free and no thread waits for it.
    pub fn try_lock(&self) -> Option<TicketGuard<'_, T>> {
        let ticket = self.serving.number();
        // Draws a ticket only if it is served at once, since a ticket once drawn must
        // be waited for.
        self.next
            .compare_exchange(
                ticket,
                ticket.wrapping_add(1),
                Ordering::Relaxed,
                Ordering::Relaxed,
            )
            .ok()
            .map(|_| self.guard())
    }

    /// The number of threads that wait for the lock, its holder not included. A hint:
    /// it may have changed already.
    #[must_use]
    pub fn waiting(&self) -> usize {
        let drawn = self.next.load(Ordering::Relaxed);
        // The holder may release it between the two loads, so that more tickets are
        // served than were drawn.
        let unserved = drawn.wrapping_sub(self.serving.number()).cast_signed();
        unserved.saturating_sub(1).max(0) as usize
    }

    /// The guard of the thread whose ticket is served.
    fn guard(&self) -> TicketGuard<'_, T> {
        TicketGuard { value: self.value.exclusive(), _turn: Turn(&self.serving) }
    }
}

impl<T: fmt::Debug> fmt::Debug for TicketLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.try_lock() {
            Some(value) => f.debug_tuple("TicketLock").field(&&*value).finish(),
            None => f.write_str("TicketLock(<locked>)"),
        }
    }
}

impl<T: Default> Default for TicketLock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

/// Holds a [`TicketLock`] until it is dropped.
///
/// Threads may share it only if they may share the value: a lock of a `Cell` may be
/// shared, because one thread at a time uses the cell, but not its guard, through which
/// several would (E0277). A lock that forgets to say so compiles just as well, and is
/// unsound.
///
/// ```compile_fail,E0277
/// use std::cell::Cell;
/// let lock = ticket_lock::TicketLock::new(Cell::new(1));
/// let guard = lock.lock();
/// std::thread::scope(|scope| scope.spawn(|| guard.set(2)).join());
/// ```
///
/// The same with a value that threads may share is fine:
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering};
/// let lock = ticket_lock::TicketLock::new(AtomicU32::new(1));
/// let guard = lock.lock();
/// std::thread::scope(|scope| {
///     scope.spawn(|| guard.store(2, Ordering::Relaxed));
/// });
/// ```
#[must_use = "dropping the guard releases the lock"]
pub struct TicketGuard<'a, T: ?Sized> {
    // Fields are dropped in this order: the access to the value ends before the next
    // thread is served.
    value: Exclusive<T>,
    _turn: Turn<'a>,
}

// SAFETY: a shared guard gives shared access to the value, which threads may have if it
// is `Sync`.
unsafe impl<T: ?Sized + Sync> Sync for TicketGuard<'_, T> {}

impl<T: ?Sized> Deref for TicketGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the guard is borrowed, so the lock is held, and the value does not
        // change through the guard meanwhile.
        unsafe { self.value.deref() }
    }
}

impl<T: ?Sized> DerefMut for TicketGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the lock is held, and the guard is borrowed exclusively.
        unsafe { self.value.deref() }
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for TicketGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// The turn of the thread that is served; when it is dropped, the next turn begins.
struct Turn<'a>(&'a NowServing);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.serve_next();
    }
}

#[cfg(all(test, loom))]
mod loom_models;
#[cfg(all(test, not(loom)))]
mod tests;
