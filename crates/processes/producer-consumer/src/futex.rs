//! A word that threads of several processes sleep on: futex(2), and a stand-in for it
//! when loom explores the gate.

#[cfg(not(loom))]
pub(crate) use kernel::Futex;
#[cfg(loom)]
pub(crate) use model::Futex;

#[cfg(not(loom))]
mod kernel {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use rustix::thread::futex::{Flags, wait, wake};
    use rustix::time::Timespec;

    /// A count of events, and those who sleep until there is another.
    #[derive(Debug, Default)]
    pub(crate) struct Futex(AtomicU32);

    impl Futex {
        pub(crate) fn load(&self) -> u32 {
            self.0.load(Ordering::Acquire)
        }

        pub(crate) fn advance(&self) {
            self.0.fetch_add(1, Ordering::Release);
        }

        /// Sleeps for `time` at most, unless there has been an event since `seen` was
        /// loaded.
        pub(crate) fn sleep(&self, seen: u32, time: Duration) {
            let time = Timespec::try_from(time).ok();
            // It ends for many reasons (woken, an event before, the time is up, a
            // signal); the caller looks for itself. Not `Flags::PRIVATE`: the sleepers
            // and the wakers are different processes.
            let _ = wait(&self.0, Flags::empty(), seen, time.as_ref());
        }

        /// Wakes so many sleepers at most, and says how many.
        pub(crate) fn wake(&self, count: u32) -> usize {
            // The only errors are those of a bad address.
            wake(&self.0, Flags::empty(), count).unwrap_or(0)
        }
    }
}

#[cfg(loom)]
mod model {
    use std::time::Duration;

    use loom::sync::atomic::{AtomicU32, Ordering};
    use loom::sync::{Condvar, Mutex};

    /// As the kernel's, but a sleep has no end of its own: a lost wake-up is a
    /// deadlock, which loom reports.
    #[derive(Debug, Default)]
    pub(crate) struct Futex {
        events: AtomicU32,
        sleepers: Mutex<usize>,
        woken: Condvar,
    }

    impl Futex {
        pub(crate) fn load(&self) -> u32 {
            self.events.load(Ordering::Acquire)
        }

        pub(crate) fn advance(&self) {
            self.events.fetch_add(1, Ordering::Release);
        }

        pub(crate) fn sleep(&self, seen: u32, _time: Duration) {
            let mut sleepers = self.sleepers.lock().expect("nobody panics");
            // The kernel compares under a lock of its own, too.
            if self.load() == seen {
                *sleepers += 1;
                drop(self.woken.wait(sleepers));
            }
        }

        pub(crate) fn wake(&self, count: u32) -> usize {
            let mut sleepers = self.sleepers.lock().expect("nobody panics");
            let woken = (*sleepers).min(count as usize);
            *sleepers -= woken;
            (0..woken).for_each(|_| self.woken.notify_one());
            woken
        }
    }
}
