//! A number in memory on which threads and processes sleep: futex(2), and a stand-in
//! for it under loom.

use std::time::Duration;

#[cfg(not(loom))]
pub use kernel::Futex;
#[cfg(loom)]
pub use model::Futex;

/// The longest sleep of a [`Futex::wait`].
///
/// A process can be killed between the change of a number and the wake that should
/// follow it. No order of steps closes this gap, because the two cannot be one step.
/// The heartbeat bounds the delay: no process sleeps longer than this while the
/// condition that it waits for holds.
pub const HEARTBEAT: Duration = Duration::from_millis(100);

#[cfg(not(loom))]
mod kernel {
    use std::num::NonZeroU32;
    use std::ops::Deref;
    use std::sync::atomic::AtomicU32;
    use std::time::Instant;

    use rustix::thread::futex::{Flags, wait, wait_bitset, wake, wake_bitset};
    use rustix::time::Timespec;

    use super::HEARTBEAT;

    /// An [`AtomicU32`] on which threads of one or several processes can sleep.
    ///
    /// ```
    /// use std::sync::atomic::Ordering::{Acquire, Release};
    /// use processes::{Futex, SharedMemory};
    ///
    /// let ready = SharedMemory::new(Futex::shared(0), 0)?;
    /// processes::scope(|family| {
    ///     family.spawn("setter", || {
    ///         ready.store(1, Release);
    ///         ready.wake(u32::MAX);
    ///     })?;
    ///     while ready.load(Acquire) == 0 {
    ///         ready.wait(0, None);
    ///     }
    ///     family.join()
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[derive(Debug)]
    pub struct Futex {
        number: AtomicU32,
        private: bool,
    }

    impl Futex {
        /// A futex for the processes that share its memory.
        #[must_use]
        pub const fn shared(number: u32) -> Self {
            Self { number: AtomicU32::new(number), private: false }
        }

        /// A futex for the threads of one process, which the kernel finds faster
        /// (`FUTEX_PRIVATE_FLAG`).
        #[must_use]
        pub const fn private(number: u32) -> Self {
            Self { number: AtomicU32::new(number), private: true }
        }

        /// Sleeps until a wake, the deadline or the [`HEARTBEAT`], unless the number
        /// differs from `seen`.
        ///
        /// It may return early for no reason, so the caller looks at the number again.
        pub fn wait(&self, seen: u32, deadline: Option<Instant>) {
            let left = deadline
                .map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let time = Timespec::try_from(left.unwrap_or(HEARTBEAT).min(HEARTBEAT));
            // Every error is a reason to look again: another number (EAGAIN), a signal
            // (EINTR), the end of the time (ETIMEDOUT).
            let _ = wait(&self.number, self.flags(), seen, time.ok().as_ref());
        }

        /// Sleeps until a [`wake_bitset`](Self::wake_bitset) with one of these bits,
        /// unless the number differs from `seen`. This sleep has no heartbeat.
        ///
        /// It may return early for no reason, so the caller looks at the number again.
        pub fn wait_bitset(&self, seen: u32, bits: NonZeroU32) {
            // As above.
            let _ = wait_bitset(&self.number, self.flags(), seen, None, bits);
        }

        /// Wakes at most `count` sleepers, and returns how many it has woken.
        pub fn wake(&self, count: u32) -> usize {
            // The kernel takes the count as a signed number. The only errors are those
            // of a bad address.
            let count = count.min(i32::MAX.cast_unsigned());
            wake(&self.number, self.flags(), count).unwrap_or(0)
        }

        /// Wakes every sleeper of [`wait_bitset`](Self::wait_bitset) that has one of
        /// these bits.
        pub fn wake_bitset(&self, bits: NonZeroU32) {
            let all = i32::MAX.cast_unsigned();
            // As above.
            let _ = wake_bitset(&self.number, self.flags(), all, bits);
        }

        fn flags(&self) -> Flags {
            if self.private { Flags::PRIVATE } else { Flags::empty() }
        }
    }

    impl Deref for Futex {
        type Target = AtomicU32;

        fn deref(&self) -> &AtomicU32 {
            &self.number
        }
    }

    // SAFETY: it is an atomic number and a constant, and the kernel finds the sleepers
    // of a shared futex by the memory, not by the process.
    unsafe impl crate::Shareable for Futex {}
}

#[cfg(loom)]
mod model {
    use std::num::NonZeroU32;
    use std::ops::Deref;
    use std::time::Instant;

    use loom::sync::atomic::{AtomicU32, Ordering};
    use loom::sync::{Arc, Condvar, Mutex};

    /// As the kernel's, but a sleep has no end of its own: a lost wake is a deadlock,
    /// which loom reports.
    #[derive(Debug)]
    pub struct Futex {
        number: AtomicU32,
        /// The bits of each sleeper, and what wakes it; the longest sleep comes first.
        sleepers: Mutex<Vec<(NonZeroU32, Arc<Condvar>)>>,
    }

    impl Futex {
        /// As the kernel's; a model has only one process.
        pub fn shared(number: u32) -> Self {
            Self { number: AtomicU32::new(number), sleepers: Mutex::default() }
        }

        /// As [`shared`](Self::shared).
        pub fn private(number: u32) -> Self {
            Self::shared(number)
        }

        /// As the kernel's, without a deadline and without a heartbeat.
        pub fn wait(&self, seen: u32, _deadline: Option<Instant>) {
            self.wait_bitset(seen, NonZeroU32::MAX);
        }

        /// As the kernel's, and never early.
        pub fn wait_bitset(&self, seen: u32, bits: NonZeroU32) {
            let mut sleepers = self.sleepers.lock().expect("no panic");
            // The kernel compares under a lock of its own, too.
            if self.number.load(Ordering::Relaxed) == seen {
                let woken = Arc::new(Condvar::new());
                sleepers.push((bits, Arc::clone(&woken)));
                drop(woken.wait(sleepers));
            }
        }

        /// As the kernel's.
        pub fn wake(&self, count: u32) -> usize {
            let mut sleepers = self.sleepers.lock().expect("no panic");
            let count = sleepers.len().min(count as usize);
            sleepers.drain(..count).for_each(|(_, woken)| woken.notify_one());
            count
        }

        /// As the kernel's.
        pub fn wake_bitset(&self, bits: NonZeroU32) {
            self.sleepers.lock().expect("no panic").retain(|(sleeper, woken)| {
                let is_meant = sleeper.get() & bits.get() != 0;
                if is_meant {
                    woken.notify_one();
                }
                !is_meant
            });
        }
    }

    impl Deref for Futex {
        type Target = AtomicU32;

        fn deref(&self) -> &AtomicU32 {
            &self.number
        }
    }
}
