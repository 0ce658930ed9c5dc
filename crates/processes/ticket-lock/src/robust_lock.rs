//! A lock between processes that is not lost when its owner is killed.

use std::cell::UnsafeCell;
use std::io;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crossbeam::utils::Backoff;
use nix::time::{ClockId, clock_gettime};
use processes::{ProcessToken, Shareable};

unsafe extern "C" {
    /// As `pthread_mutex_timedlock(3)`, by the given clock; in glibc since 2.30, and in
    /// the next edition of POSIX.
    fn pthread_mutex_clocklock(
        mutex: *mut libc::pthread_mutex_t,
        clock: libc::clockid_t,
        until: *const libc::timespec,
    ) -> libc::c_int;
}

/// A mutex in shared memory, of the kind that POSIX calls robust.
///
/// When the process or thread that holds it dies, the kernel unlocks it, and the next
/// holder is told. So the data that the lock protects must be valid at every moment, or
/// the next holder has to repair them. The holder is known by its thread id, so all
/// processes must be in one pid namespace. Sources: `pthread_mutexattr_setrobust(3)`,
/// `get_robust_list(2)`.
///
/// There is no guard that a caller could forget: the system keeps a list of the locks
/// that a thread holds, in the locks themselves, and a lock whose memory is freed while
/// it is held would leave a hole in that list.
///
/// ```
/// let lock = ticket_lock::RobustLock::new()?;
/// let inherited = lock.hold(None, |inherited| inherited);
/// assert_eq!(inherited, Some(false));
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct RobustLock {
    mutex: UnsafeCell<libc::pthread_mutex_t>,
    deaths: AtomicU32,
}

impl RobustLock {
    /// A lock that is free.
    ///
    /// # Errors
    /// If the system has no such locks (`pthread_mutexattr_setrobust(3)`).
    pub fn new() -> io::Result<Self> {
        let (mut attributes, mut mutex) =
            (MaybeUninit::uninit(), MaybeUninit::uninit());
        let attributes = attributes.as_mut_ptr();
        // SAFETY: both places are valid for writes, the attributes are initialised
        // first and destroyed last, and the mutex is initialised unless there is an
        // error. It is moved from here: glibc's and musl's hold their own address only
        // while they are locked.
        let mutex = unsafe {
            done(libc::pthread_mutexattr_init(attributes))?;
            let made = done(libc::pthread_mutexattr_setpshared(
                attributes,
                libc::PTHREAD_PROCESS_SHARED,
            ))
            // A thread that holds it already gets an error instead of a deadlock.
            .and_then(|()| {
                done(libc::pthread_mutexattr_settype(
                    attributes,
                    libc::PTHREAD_MUTEX_ERRORCHECK,
                ))
            })
            .and_then(|()| {
                done(libc::pthread_mutexattr_setrobust(
                    attributes,
                    libc::PTHREAD_MUTEX_ROBUST,
                ))
            })
            .and_then(|()| {
                done(libc::pthread_mutex_init(mutex.as_mut_ptr(), attributes))
            });
            libc::pthread_mutexattr_destroy(attributes);
            made?;
            mutex.assume_init()
        };
        Ok(Self { mutex: UnsafeCell::new(mutex), deaths: AtomicU32::new(0) })
    }

    /// Calls `work` while it holds the lock, with whether the last owner died while it
    /// held the lock. Waits for the lock until `deadline` at most, or for ever if there
    /// is none; `None` when the time is up. The deadline is one of the monotonic clock,
    /// which no change of the system's time affects.
    ///
    /// A process that `work` starts does not hold the lock. If `work` lends memory that
    /// the lock protects, it registers the loan ([`processes::held`]), so that no
    /// process can be started meanwhile.
    ///
    /// # Panics
    /// If `work` panics, or calls `hold` of this lock, which would be a deadlock.
    pub fn hold<R>(
        &self,
        deadline: Option<Instant>,
        work: impl FnOnce(bool) -> R,
    ) -> Option<R> {
        match self.acquire(deadline) {
            Ok(inherited) => {
                let _turn = Turn { lock: self, owner: ProcessToken::current() };
                Some(work(inherited))
            }
            Err(Refused::Busy) => None,
            Err(Refused::AlreadyHeld) => panic!("{ALREADY_HELD}"),
        }
    }

    /// The number of owners that have been found dead.
    pub fn deaths(&self) -> u32 {
        self.deaths.load(Ordering::Relaxed)
    }

    /// Locks the mutex, and returns whether the last owner died while it held it. It
    /// stays locked until [`unlock`](Self::unlock), and its memory must exist until
    /// then.
    ///
    /// Tries a number of times before it sleeps: a short critical section ends before a
    /// sleeper has been woken, and if every waiter slept, each turn would take as long
    /// as a wake-up.
    pub(crate) fn acquire(&self, deadline: Option<Instant>) -> Result<bool, Refused> {
        let backoff = Backoff::new();
        loop {
            match self.try_acquire() {
                Err(Refused::Busy) if !backoff.is_completed() => backoff.snooze(),
                Err(Refused::Busy) => break,
                done => return done,
            }
        }
        let Some(deadline) = deadline else {
            // SAFETY: the mutex was initialised by `new`.
            return self.locked(unsafe { libc::pthread_mutex_lock(self.mutex.get()) });
        };
        let until = on_the_monotonic_clock(deadline);
        // SAFETY: as above; the time lives until the call returns.
        self.locked(unsafe {
            pthread_mutex_clocklock(
                self.mutex.get(),
                libc::CLOCK_MONOTONIC,
                &raw const until,
            )
        })
    }

    /// As [`acquire`](Self::acquire), without waiting.
    pub(crate) fn try_acquire(&self) -> Result<bool, Refused> {
        // SAFETY: the mutex was initialised by `new`.
        self.locked(unsafe { libc::pthread_mutex_trylock(self.mutex.get()) })
    }

    /// Unlocks the mutex.
    ///
    /// # Safety
    /// This thread has acquired the lock and not unlocked it since.
    pub(crate) unsafe fn unlock(&self) {
        // SAFETY: the caller's. It fails only where that is not so.
        unsafe { libc::pthread_mutex_unlock(self.mutex.get()) };
    }

    /// The outcome of a call that locks the mutex and has returned `code`.
    fn locked(&self, code: i32) -> Result<bool, Refused> {
        match code {
            0 => Ok(false),
            libc::EOWNERDEAD => {
                self.deaths.fetch_add(1, Ordering::Relaxed);
                // SAFETY: this thread has just locked the mutex and found its owner
                // dead, as the call requires. It fails only where that is not so.
                unsafe { libc::pthread_mutex_consistent(self.mutex.get()) };
                Ok(true)
            }
            libc::EBUSY | libc::ETIMEDOUT => Err(Refused::Busy),
            libc::EDEADLK => Err(Refused::AlreadyHeld),
            code => {
                unreachable!("locking a mutex: {}", io::Error::from_raw_os_error(code))
            }
        }
    }
}

/// Why a lock was not acquired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Another thread or process holds it.
    Busy,
    /// This thread holds it.
    AlreadyHeld,
}

pub(crate) const ALREADY_HELD: &str =
    "this thread holds the lock already, and would wait for itself for ever";

/// Unlocks the mutex at its end, which may be a panic.
struct Turn<'a> {
    lock: &'a RobustLock,
    owner: ProcessToken,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        // A child has a copy of the turn, but not the lock.
        if self.owner == ProcessToken::current() {
            // SAFETY: `hold`, which alone makes a turn, has acquired the lock in this
            // thread.
            unsafe { self.lock.unlock() };
        }
    }
}

/// The deadline as a time of the monotonic clock, on which std's times are as well.
fn on_the_monotonic_clock(deadline: Instant) -> libc::timespec {
    let left = deadline.saturating_duration_since(Instant::now());
    let now = clock_gettime(ClockId::CLOCK_MONOTONIC).map(Duration::from);
    let until = now.unwrap_or_default().saturating_add(left);
    libc::timespec {
        // A deadline beyond the range of the clock is its end.
        tv_sec: until.as_secs().try_into().unwrap_or(libc::time_t::MAX),
        tv_nsec: libc::c_long::from(until.subsec_nanos().cast_signed()),
    }
}

// SAFETY: the mutex is there to be used by many threads at once.
unsafe impl Sync for RobustLock {}
// SAFETY: a mutex that is not held is bound to no thread; while it is held, `hold` or a
// guard borrows it, so it is not sent.
unsafe impl Send for RobustLock {}
// SAFETY: the mutex is made for many processes (PTHREAD_PROCESS_SHARED), and may be
// moved before its first use.
unsafe impl Shareable for RobustLock {}

fn done(code: i32) -> io::Result<()> {
    if code == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(code)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_holds_it() {
        let lock = RobustLock::new().expect("a lock");
        let timeout = Duration::from_millis(120);
        let waited = lock.hold(None, |_| {
            let other = || {
                let begin = Instant::now();
                assert_eq!(lock.hold(Some(begin + timeout), |_| ()), None);
                begin.elapsed()
            };
            std::thread::scope(|scope| {
                scope.spawn(other).join().expect("the other times out")
            })
        });
        assert!(waited.expect("free") >= timeout);
        assert_eq!(lock.hold(Some(Instant::now()), |inherited| inherited), Some(false));
    }

    #[test]
    fn a_panic_unlocks_it() {
        let lock = RobustLock::new().expect("a lock");
        let panic = || lock.hold(None, |_| panic!("in the middle of it"));
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(panic)).is_err());
        assert_eq!(lock.hold(Some(Instant::now()), |inherited| inherited), Some(false));
    }

    #[test]
    fn a_thread_that_holds_it_already_gets_an_error() {
        let lock = RobustLock::new().expect("a lock");
        let later = Instant::now() + Duration::from_mins(1);
        for deadline in [None, Some(later)] {
            let again = || lock.hold(None, |_| lock.hold(deadline, |_| ()));
            let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(again))
                .expect_err("a panic");
            let message = panic.downcast_ref::<String>().map(String::as_str);
            assert_eq!(message, Some(ALREADY_HELD));
        }
        assert_eq!(lock.hold(None, |inherited| inherited), Some(false));
    }
}
