//! A lock between processes in the hands of a destructor, a child, or a thread that
//! holds it already.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};
use processes::{Error, Event, scope};
use ticket_lock::{ProcessLock, ProcessRLock, TryLockError};

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(20);

tests::main! {
    a_destructor_that_locks_during_another_panic_leaves_the_value_whole,
    a_child_that_panics_with_a_copy_of_the_guard_leaves_the_value_whole,
    no_wait_with_a_deadline_goes_by_a_clock_that_can_be_set,
    a_child_has_no_use_of_its_parents_guard,
    no_process_is_started_while_a_lock_is_held,
    a_thread_that_holds_the_lock_is_refused_at_once,
    a_reentrant_lock_is_free_after_its_last_guard,
    a_reentrant_lock_keeps_other_processes_out,
    a_reentrant_lock_survives_a_holder_with_many_guards,
    a_forgotten_guard_of_a_reentrant_lock_does_no_harm,
}

fn a_destructor_that_locks_during_another_panic_leaves_the_value_whole() {
    struct Counts<'a>(&'a ProcessLock<u32>);
    impl Drop for Counts<'_> {
        fn drop(&mut self) {
            *self.0.lock().unwrap() += 1;
        }
    }
    let count = ProcessLock::new(0).unwrap();
    let panic = catch_unwind(AssertUnwindSafe(|| {
        let _counts = Counts(&count);
        panic!("of something else");
    }));
    assert!(panic.is_err());
    assert_eq!(*count.lock().expect("nothing is half changed"), 1);
}

fn a_child_that_panics_with_a_copy_of_the_guard_leaves_the_value_whole() {
    let count = ProcessLock::new(0).unwrap();
    let held = count.lock().unwrap();
    let held = in_child(held, |_copy| panic!("of the child"));
    drop(held);
    assert_eq!(*count.lock().expect("nothing is half changed"), 0);
}

/// Calls `body` with a copy of the value, in a child made by fork alone; it must panic.
fn in_child<T>(value: T, body: impl FnOnce(T)) -> T {
    // SAFETY: the process has one thread.
    match unsafe { fork() }.unwrap() {
        ForkResult::Child => {
            let panic = catch_unwind(AssertUnwindSafe(|| body(value)));
            // SAFETY: `_exit` runs nothing of the parent's.
            unsafe { libc::_exit(panic.is_err().into()) }
        }
        ForkResult::Parent { child } => {
            assert_eq!(waitpid(child, None).unwrap(), WaitStatus::Exited(child, 1));
            value
        }
    }
}

/// A clock set back while it counts would make the wait longer.
fn no_wait_with_a_deadline_goes_by_a_clock_that_can_be_set() -> Result<(), Error> {
    let lock = ProcessLock::new(()).unwrap();
    let is_held = Event::new().unwrap();
    scope(|family| {
        let holder = family.spawn("holder", || {
            let _held = lock.lock().unwrap();
            is_held.set();
            loop {
                std::thread::park();
            }
        })?;
        is_held.wait();
        let waiter = family.spawn("waiter", || drop(lock.lock_timeout(LONG)))?;
        let sleep = sleeping_in_futex(waiter.pid());
        assert_eq!(
            sleep & libc::FUTEX_CLOCK_REALTIME,
            0,
            "futex operation {sleep:#x} is on the clock of the day"
        );
        for process in [waiter, holder] {
            process.kill()?;
            let _killed_on_purpose = process.join()?;
        }
        Ok(())
    })
}

/// The operation of the futex call in which the process sleeps, `/proc/pid/syscall`.
fn sleeping_in_futex(pid: u32) -> i32 {
    let path = format!("/proc/{pid}/syscall");
    let begin = Instant::now();
    while begin.elapsed() < LONG {
        let Ok(call) = fs::read_to_string(&path) else {
            let remedy = "let the tests trace their children (ptrace_scope)";
            tests::skip(&format!("{path} cannot be read"), remedy)
        };
        // The number of the call, its arguments in hexadecimal.
        let mut words = call.split_whitespace();
        if words.next() == Some(&libc::SYS_futex.to_string()) {
            let operation = words.nth(1).unwrap().trim_start_matches("0x");
            return i32::from_str_radix(operation, 16).unwrap();
        }
        std::thread::yield_now();
    }
    panic!("process {pid} does not sleep in a futex")
}

fn a_child_has_no_use_of_its_parents_guard() {
    let count = ProcessLock::new(0).unwrap();
    let held = count.lock().unwrap();
    let held = in_child(held, |mut copy| *copy += 1);
    let held = in_child(held, |copy| {
        drop(copy);
        let locked = count.lock_timeout(Duration::ZERO);
        panic!("on purpose unless the copy has unlocked it: {locked:?}");
    });
    assert_eq!(*held, 0);
}

fn no_process_is_started_while_a_lock_is_held() -> Result<(), Error> {
    let (count, again) = (ProcessLock::new(0).unwrap(), ProcessRLock::new(()).unwrap());
    scope(|family| {
        let is_refused = || {
            let refused = [family.spawn("child", || ()), family.daemon("child", || ())];
            let all = refused.iter().all(|it| matches!(it, Err(Error::Held { .. })));
            assert!(all, "{refused:?}");
        };
        let mut held = count.lock().unwrap();
        // What could be done with it in two processes at once.
        let value: &mut i32 = &mut held;
        is_refused();
        *value += 1;
        drop(held);
        let guards = [again.lock().unwrap(), again.lock().unwrap()];
        is_refused();
        let [first, second] = guards;
        drop(first);
        is_refused();
        drop(second);
        family.spawn("child", || ()).map(drop)
    })
}

fn a_thread_that_holds_the_lock_is_refused_at_once() {
    let lock = ProcessLock::new(7).unwrap();
    let held = lock.lock().unwrap();
    assert!(matches!(lock.try_lock(), Err(TryLockError::AlreadyHeld)));
    let begin = Instant::now();
    for timeout in [Duration::ZERO, LONG, Duration::MAX] {
        let refused = lock.lock_timeout(timeout).unwrap_err();
        assert_eq!(refused.to_string(), "this thread holds the lock already");
    }
    assert!(begin.elapsed() < LONG);
    std::thread::scope(|scope| {
        let other = || assert!(matches!(lock.try_lock(), Err(TryLockError::Busy)));
        scope.spawn(other).join().unwrap();
    });
    drop(held);
    assert_eq!(*lock.try_lock().unwrap(), 7);
}

fn a_reentrant_lock_is_free_after_its_last_guard() {
    let lock = ProcessRLock::new(AtomicU32::new(0)).unwrap();
    let is_free = || {
        let other = || lock.try_lock().is_ok();
        std::thread::scope(|scope| scope.spawn(other).join().unwrap())
    };
    let (first, second) = (lock.lock().unwrap(), lock.try_lock().unwrap());
    let third = lock.lock_timeout(Duration::ZERO).unwrap();
    for guard in [first, third, second] {
        assert!(!is_free());
        guard.fetch_add(1, Relaxed);
        drop(guard);
    }
    assert!(is_free());
    assert_eq!(lock.lock().unwrap().load(Relaxed), 3);
}

fn a_reentrant_lock_keeps_other_processes_out() -> Result<(), Error> {
    const TURNS: u32 = 2_000;
    let count = ProcessRLock::new(AtomicU32::new(0)).unwrap();
    // Two steps, so that a turn is lost if another process comes between.
    let add = || {
        let count = count.lock().unwrap();
        let seen = count.load(Relaxed);
        std::hint::spin_loop();
        count.store(seen + 1, Relaxed);
    };
    scope(|family| {
        for name in ["a", "b", "c"] {
            family.spawn(name, || {
                for _ in 0..TURNS {
                    let _outer = count.lock().unwrap();
                    add();
                    add();
                }
            })?;
        }
        family.join()
    })?;
    assert_eq!(count.lock().unwrap().load(Relaxed), 3 * 2 * TURNS);
    Ok(())
}

fn a_reentrant_lock_survives_a_holder_with_many_guards() -> Result<(), Error> {
    let lock = ProcessRLock::new(AtomicU32::new(0)).unwrap();
    scope(|family| {
        let holder = family.spawn("holder", || {
            let _guards = [(); 3].map(|()| lock.lock().unwrap().store(1, Relaxed));
            let _still = (lock.lock().unwrap(), lock.lock().unwrap());
            std::process::abort();
        })?;
        assert!(!holder.join()?.is_ok());
        let inherited = lock.try_lock().unwrap_err().inherited().unwrap();
        assert!(lock.lock().is_err(), "the same holder is told again");
        let repair = |value: &AtomicU32| {
            value.store(0, Relaxed);
            Ok::<(), Error>(())
        };
        drop(inherited.recover(repair)?);
        let heir = family.spawn("heir", || drop(lock.try_lock().unwrap()))?;
        assert!(heir.join()?.is_ok(), "one guard of the heir was enough to free it");
        Ok(())
    })
}

fn a_forgotten_guard_of_a_reentrant_lock_does_no_harm() {
    let forgotten = ProcessRLock::new(()).unwrap();
    let dropped = forgotten.lock().unwrap();
    std::mem::forget(forgotten.lock().unwrap());
    drop(dropped);
    drop(forgotten);
    // Had its memory gone, this would write to it: the locks that a thread holds are
    // linked to each other.
    let lock = ProcessRLock::new(()).unwrap();
    drop(lock.lock().unwrap());
    assert!(lock.try_lock().is_ok());
}
