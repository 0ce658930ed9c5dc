//! [`std::hint::spin_loop`] for loops that poll.

/// Says that the caller polls.
///
/// In an exploration the thread gives way, as with
/// [`yield_now`](crate::thread::yield_now).
///
/// ```
/// use interleavings::sync::atomic::{AtomicBool, Ordering::Acquire};
/// use interleavings::{hint, thread};
///
/// let open = AtomicBool::new(false);
/// thread::scope(|scope| {
///     scope.spawn(|| {
///         while !open.load(Acquire) {
///             hint::spin_loop();
///         }
///     });
///     open.store(true, std::sync::atomic::Ordering::Release);
/// });
/// ```
#[inline]
#[track_caller]
pub fn spin_loop() {
    if crate::run::exploring() {
        crate::thread::yield_now();
    } else {
        std::hint::spin_loop();
    }
}
