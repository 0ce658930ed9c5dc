//! The cases of CPython 3.13's `Lib/test/test_threading.py` that are about starting,
//! naming, listing and joining threads, one by one.
//!
//! | its case | here |
//! |---|---|
//! | `test_name` | `name` |
//! | `test_args_argument` | none: a closure has its arguments in it |
//! | `test_various_ops` | `various_ops` |
//! | `test_various_ops_small_stack`, `…_large_stack` | none: std's `Builder` sets the size of a stack |
//! | `test_limbo_cleanup` | `what_was_not_started_is_dropped` |
//! | `test_enumerate_after_join` | `enumerate_after_join` |
//! | `test_no_refcycle_through_target` | `no_refcycle_through_target` |
//! | `test_main_thread` | `main_thread` |
//! | `test_start_thread_again` | an example of `Unstarted` that does not compile |
//! | `test_joining_inactive_thread` | none: `Unstarted` has no `join` |
//! | `test_joining_current_thread` | `joining_current_thread` |
//! | `test_excepthook`, `test_bare_raise_in_brand_new_thread` | `a_panic_comes_out_at_the_join` |
//! | `test_PyThreadState_SetAsyncExc` | none: a thread cannot be interrupted |
//! | `…daemon…`, `…shutdown…`, `…finalize…` | the topic daemon-threads |
//! | `test_join_with_timeout` of `lock_tests` | `join_with_timeout` |

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Weak, mpsc};
use std::time::{Duration, Instant};

use threads::{JoinError, Thread, Unstarted, active_count, enumerate, spawn};

/// Longer than anything takes here, however loaded the machine is.
const LONG: Duration = Duration::from_mins(1);

/// Short, where a test has to wait until a time is up.
const SHORT: Duration = Duration::from_millis(20);

/// Whether the kernel lists a thread of that name. Other tests run beside this one.
fn is_listed(name: &str) -> bool {
    enumerate().unwrap().iter().any(|thread| thread.name == name)
}

#[test]
fn name() {
    let made =
        Unstarted::new("myname", || std::thread::current().name().map(Into::into));
    assert_eq!(made.name(), "myname");
    assert_eq!(format!("{made:?}"), "Unstarted(myname)");
    let thread: Thread<Option<String>> = made.start().unwrap();
    assert_eq!(thread.name(), "myname");
    assert_eq!(thread.join().unwrap().as_deref(), Some("myname"));
    // Chinese characters have three bytes; the kernel cuts between any two bytes.
    let thread = spawn("线程线程线", || enumerate().map(|it| it.len())).unwrap();
    assert_eq!(thread.name(), "线程线程线");
    assert!(thread.join().unwrap().is_ok());
}

#[test]
#[should_panic(expected = "thread name may not contain interior null bytes")]
fn a_name_with_a_byte_of_zero() {
    let _ = spawn("a\0b", || ());
}

#[test]
fn various_ops() {
    let (runs, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let met = Arc::new(Barrier::new(10));
    let threads: Vec<_> = (0..10)
        .map(|i| {
            let (runs, most, met) = (runs.clone(), most.clone(), met.clone());
            let made = Unstarted::new(format!("ops-{i}"), move || {
                most.fetch_max(runs.fetch_add(1, SeqCst) + 1, SeqCst);
                met.wait();
                runs.fetch_sub(1, SeqCst);
                std::thread::current().id()
            });
            assert!(!is_listed(made.name()));
            made.start().unwrap()
        })
        .collect();
    let mut ids = Vec::new();
    for thread in threads {
        let name = thread.name().to_owned();
        ids.push(thread.join_timeout(LONG).unwrap());
        assert!(!is_listed(&name));
    }
    assert_eq!((runs.load(SeqCst), most.load(SeqCst)), (0, 10));
    ids.dedup();
    assert_eq!(ids.len(), 10);
}

#[test]
fn what_was_not_started_is_dropped() {
    let owned = Arc::new(());
    let watched = Arc::downgrade(&owned);
    drop(Unstarted::new("limbo", move || owned));
    assert_eq!(watched.strong_count(), 0);
    assert!(!is_listed("limbo"));
}

#[test]
fn enumerate_after_join() {
    for i in 0..1_000 {
        let name = format!("after-join-{i}");
        spawn(&*name, || ()).unwrap().join().unwrap();
        assert!(!is_listed(&name), "{name} is listed after it was joined");
    }
}

#[test]
fn no_refcycle_through_target() {
    let owned = Arc::new(());
    let watched: Weak<()> = Arc::downgrade(&owned);
    let thread = spawn("target", move || drop(owned)).unwrap();
    thread.join().unwrap();
    assert_eq!(watched.strong_count(), 0, "the closure is gone with its thread");
    // The value goes to the caller, and to none if the handle is dropped.
    let owned = Arc::new(());
    let watched = Arc::downgrade(&owned);
    let thread = spawn("value", move || owned).unwrap();
    let value = thread.join().unwrap();
    assert_eq!(watched.strong_count(), 1);
    drop(value);
    assert_eq!(watched.strong_count(), 0);
}

#[test]
fn main_thread() {
    let live = spawn("asks", enumerate).unwrap().join().unwrap().unwrap();
    assert_eq!(live[0].tid, std::process::id() as i32);
    assert!(live[1..].windows(2).all(|two| two[0].tid < two[1].tid));
    assert!(active_count().unwrap() >= 1);
}

#[test]
fn joining_current_thread() {
    let (give, take) = mpsc::channel::<Thread<_>>();
    let (sent, result) = mpsc::channel();
    let thread = spawn("itself", move || {
        let me = take.recv().unwrap();
        let Err(JoinError::StillRunning(me)) = me.join_timeout(SHORT) else {
            unreachable!("it runs this line")
        };
        sent.send(me.name().to_owned()).unwrap();
        let _ = me.join();
    });
    give.send(thread.unwrap()).unwrap();
    assert_eq!(result.recv_timeout(LONG).unwrap(), "itself");
    // And then it panics, rather than to wait for itself.
    assert!(result.recv_timeout(LONG).is_err());
}

#[test]
fn a_panic_comes_out_at_the_join() {
    let bad = spawn("bad", || -> i32 { panic!("rotten {}", "apple") }).unwrap();
    let joined = bad.join_timeout(LONG);
    let Err(JoinError::Panicked(panicked)) = joined else { unreachable!("it panics") };
    assert_eq!(panicked.thread(), "bad");
    assert_eq!(panicked.message().as_deref(), Some("rotten apple"));
    assert_eq!(panicked.to_string(), "thread bad panicked: rotten apple");

    let bad = spawn("bad", || std::panic::panic_any(7_u8)).unwrap();
    let panicked = bad.join().unwrap_err();
    let text = "thread bad panicked with a value that is no text";
    assert_eq!((panicked.message(), panicked.to_string()), (None, text.to_owned()));
    assert_eq!(panicked.into_payload().downcast_ref(), Some(&7_u8));
}

#[test]
fn join_with_timeout() {
    let (go, wait) = mpsc::channel::<()>();
    let mut thread = spawn("waits", move || wait.recv().is_ok()).unwrap();
    for timeout in [Duration::ZERO, SHORT] {
        let begin = Instant::now();
        let joined = thread.join_timeout(timeout);
        assert!(begin.elapsed() >= timeout);
        let error = joined.unwrap_err();
        assert_eq!(error.to_string(), "thread waits is still running");
        let debug = "StillRunning(Thread(waits, alive))";
        assert_eq!(format!("{error:?}"), debug);
        let JoinError::StillRunning(handed_back) = error else {
            unreachable!("it waits")
        };
        thread = handed_back;
        assert!(thread.is_alive());
    }
    go.send(()).unwrap();
    // The longest time that there is does not overflow.
    assert!(thread.join_timeout(Duration::MAX).unwrap());
}
