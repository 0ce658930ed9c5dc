//! A lock between processes that is not lost when its owner is killed.

use std::cell::UnsafeCell;
use std::io;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crossbeam::utils::Backoff;
use nix::time::{ClockId, clock_gettime};
use processes::Shareable;

/// A mutex in shared memory, of the kind that POSIX calls robust.
///
/// When the process or thread that holds it dies, the kernel unlocks it, and the next
/// one to lock it is told that it is an heir. What the lock protects must be in order
/// at every moment, therefore, or the heir has to put it in order. Sources:
/// `pthread_mutexattr_setrobust(3)`, `get_robust_list(2)`.
///
/// There is no guard that a caller could forget: the system keeps a list of the locks
/// that a thread holds, in the locks themselves, and a lock whose memory went while it
/// was held would leave a hole in that list.
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
    /// A lock that nobody holds.
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
            // Who holds it already is told so, instead of waiting for itself for ever.
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

    /// Calls `work` while it holds the lock, and tells it whether the last owner died
    /// while it held it. Waits for the lock until `deadline` at most, or for ever if
    /// there is none; `None` when the time is up.
    ///
    /// # Panics
    /// If `work` does, or if it calls `hold` itself: it would wait for ever.
    pub fn hold<R>(
        &self,
        deadline: Option<Instant>,
        work: impl FnOnce(bool) -> R,
    ) -> Option<R> {
        let guard = self.acquire(deadline)?;
        Some(work(guard.inherited))
    }

    /// How many owners have been found dead.
    pub fn deaths(&self) -> u32 {
        self.deaths.load(Ordering::Relaxed)
    }

    /// The lock itself, for those who take care that its memory outlives a guard that
    /// is forgotten.
    ///
    /// Tries a number of times before it sleeps: who holds the lock only for a moment
    /// will be done before a sleeper has been woken, and sleepers woken one by one
    /// would make everybody wait in line behind the slowest step of all.
    pub(crate) fn acquire(&self, deadline: Option<Instant>) -> Option<RobustGuard<'_>> {
        let backoff = Backoff::new();
        while !backoff.is_completed() {
            // SAFETY: the mutex was initialised by `new`.
            let tried = unsafe { libc::pthread_mutex_trylock(self.mutex.get()) };
            if let Some(guard) = self.guard(tried) {
                return Some(guard);
            }
            backoff.snooze();
        }
        match deadline {
            // SAFETY: as above.
            None => self.guard(unsafe { libc::pthread_mutex_lock(self.mutex.get()) }),
            Some(deadline) => self.lock_until(deadline),
        }
    }

    /// The lock itself, if nobody holds it.
    pub(crate) fn try_acquire(&self) -> Option<RobustGuard<'_>> {
        // SAFETY: the mutex was initialised by `new`.
        match unsafe { libc::pthread_mutex_trylock(self.mutex.get()) } {
            libc::EDEADLK => None,
            code => self.guard(code),
        }
    }

    fn lock_until(&self, deadline: Instant) -> Option<RobustGuard<'_>> {
        // The call takes a time of day, which somebody may change: so it waits only a
        // little at once.
        const SLICE: Duration = Duration::from_millis(100);
        loop {
            let left = deadline.checked_duration_since(Instant::now())?;
            let now = clock_gettime(ClockId::CLOCK_REALTIME)
                .map(Duration::from)
                .unwrap_or_default();
            let until = now + left.min(SLICE);
            let until = libc::timespec {
                tv_sec: until.as_secs() as libc::time_t,
                tv_nsec: libc::c_long::from(until.subsec_nanos().cast_signed()),
            };
            // SAFETY: the mutex was initialised by `new`; the time lives until the call
            // returns.
            let code = unsafe {
                libc::pthread_mutex_timedlock(self.mutex.get(), &raw const until)
            };
            if let Some(guard) = self.guard(code) {
                return Some(guard);
            }
        }
    }

    /// The guard, if the mutex was locked by the call that returned `code`.
    fn guard(&self, code: i32) -> Option<RobustGuard<'_>> {
        match code {
            0 => Some(RobustGuard {
                lock: self,
                inherited: false,
                _of_this_thread: PhantomData,
            }),
            libc::EOWNERDEAD => {
                self.deaths.fetch_add(1, Ordering::Relaxed);
                // SAFETY: this thread has just locked the mutex and found its owner
                // dead, as the call requires. It fails only where that is not so.
                unsafe { libc::pthread_mutex_consistent(self.mutex.get()) };
                Some(RobustGuard {
                    lock: self,
                    inherited: true,
                    _of_this_thread: PhantomData,
                })
            }
            libc::EBUSY | libc::ETIMEDOUT => None,
            libc::EDEADLK => panic!(
                "this thread holds the lock already, and would wait for itself for \
                 ever"
            ),
            code => {
                unreachable!("locking a mutex: {}", io::Error::from_raw_os_error(code))
            }
        }
    }
}

/// Holds the lock until it is dropped, also by a panic.
pub(crate) struct RobustGuard<'a> {
    lock: &'a RobustLock,
    inherited: bool,
    /// Only the thread that has locked the mutex may unlock it.
    _of_this_thread: PhantomData<*const ()>,
}

impl RobustGuard<'_> {
    /// Whether the last owner died while it held the lock.
    pub(crate) fn inherited(&self) -> bool {
        self.inherited
    }
}

impl Drop for RobustGuard<'_> {
    fn drop(&mut self) {
        // SAFETY: a guard cannot be sent, so this is the thread that has locked the
        // mutex, and it unlocks it once. In a child, which has a copy of the guard but
        // not the lock, the call does nothing (EPERM).
        unsafe { libc::pthread_mutex_unlock(self.lock.mutex.get()) };
    }
}

// SAFETY: the mutex is there to be used by many threads at once.
unsafe impl Sync for RobustLock {}
// SAFETY: a mutex that nobody holds is bound to no thread; while it is held, `hold`
// borrows it, so it is not sent.
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
                scope.spawn(other).join().expect("the other waits in vain")
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
    fn who_holds_it_already_is_told_so() {
        let lock = RobustLock::new().expect("a lock");
        let later = Instant::now() + Duration::from_mins(1);
        for deadline in [None, Some(later)] {
            let again = || lock.hold(None, |_| lock.hold(deadline, |_| ()));
            let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(again))
                .expect_err("a panic");
            let told = "this thread holds the lock already, and would wait for itself \
                        for ever";
            assert_eq!(panic.downcast_ref(), Some(&told));
        }
        assert_eq!(lock.hold(None, |inherited| inherited), Some(false));
    }
}
