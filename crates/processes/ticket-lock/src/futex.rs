//! A number that threads sleep on, each under a mark: futex(2), and a stand-in for it
//! when loom explores the lock.

#[cfg(not(loom))]
pub(crate) use kernel::Futex;
#[cfg(loom)]
pub(crate) use model::Futex;

#[cfg(not(loom))]
mod kernel {
    use std::num::NonZeroU32;
    use std::sync::atomic::{AtomicU32, Ordering};

    use rustix::thread::futex::{Flags, wait_bitset, wake_bitset};

    pub(crate) struct Futex(AtomicU32);

    impl Futex {
        pub(crate) const fn new(number: u32) -> Self {
            Self(AtomicU32::new(number))
        }

        pub(crate) fn load(&self) -> u32 {
            self.0.load(Ordering::Acquire)
        }

        pub(crate) fn store(&self, number: u32) {
            self.0.store(number, Ordering::Release);
        }

        /// Sleeps until it is woken by its mark, if the number is still the one that
        /// was seen; may also end for no reason.
        pub(crate) fn sleep(&self, seen: u32, mark: NonZeroU32) {
            // The errors are reasons to look again: another number (EAGAIN), a signal
            // (EINTR).
            let _ = wait_bitset(&self.0, Flags::PRIVATE, seen, None, mark);
        }

        /// Wakes all who sleep under one of these marks.
        pub(crate) fn wake(&self, marks: NonZeroU32) {
            // The only errors are those of a bad address.
            let _ =
                wake_bitset(&self.0, Flags::PRIVATE, i32::MAX.cast_unsigned(), marks);
        }
    }
}

#[cfg(loom)]
mod model {
    use std::num::NonZeroU32;

    use loom::sync::atomic::{AtomicU32, Ordering};
    use loom::sync::{Condvar, Mutex};

    /// As the kernel's, but nobody wakes up for no reason: a lost wake-up is a
    /// deadlock, which loom reports.
    pub(crate) struct Futex {
        number: AtomicU32,
        /// The marks of those who sleep.
        sleepers: Mutex<Vec<NonZeroU32>>,
        woken: Condvar,
    }

    impl Futex {
        pub(crate) fn new(number: u32) -> Self {
            Self {
                number: AtomicU32::new(number),
                sleepers: Mutex::new(Vec::new()),
                woken: Condvar::new(),
            }
        }

        pub(crate) fn load(&self) -> u32 {
            self.number.load(Ordering::Acquire)
        }

        pub(crate) fn store(&self, number: u32) {
            self.number.store(number, Ordering::Release);
        }

        pub(crate) fn sleep(&self, seen: u32, mark: NonZeroU32) {
            let mut sleepers = self.sleepers.lock().expect("nobody panics");
            // The kernel compares under a lock of its own, too.
            if self.load() == seen {
                sleepers.push(mark);
                while sleepers.contains(&mark) {
                    sleepers = self.woken.wait(sleepers).expect("nobody panics");
                }
            }
        }

        pub(crate) fn wake(&self, marks: NonZeroU32) {
            let mut sleepers = self.sleepers.lock().expect("nobody panics");
            sleepers.retain(|mark| mark.get() & marks.get() == 0);
            self.woken.notify_all();
        }
    }
}
