//! The pool from outside: growth, bounds, closing, terminating, panics, and the cases
//! of CPython's `test_concurrent_futures` that apply.
//!
//! | peer's case | here |
//! |---|---|
//! | CPython `test_idle_thread_reuse` | `an_idle_thread_is_taken_before_another_is_started` |
//! | CPython `test_saturation` | `threads_are_started_up_to_the_most` |
//! | CPython `test_run_after_shutdown` | `a_closed_pool_refuses` |
//! | CPython `test_interpreter_shutdown`, `test_context_manager_shutdown` | `dropping_the_pool_runs_what_is_queued` |
//! | CPython `test_thread_names_assigned` | `threads_are_named_by_their_number` |
//! | CPython `test_cancel_futures` | `terminate_discards_what_has_not_begun` |
//! | CPython `test_max_workers_negative` | `nothing_works_without_a_thread` |
//! | CPython `test_free_reference` | `a_task_and_its_callback_are_dropped_once_run` |

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use thread_pool::{Builder, Error, Latch, TaskError, ThreadPool};

/// The longest that a test waits for what has to come.
const LONG: Duration = Duration::from_mins(1);

fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < LONG, "{what}");
        thread::yield_now();
    }
}

fn quiet_panic(message: &str) -> ! {
    std::panic::resume_unwind(Box::new(message.to_owned()))
}

/// Occupies a thread of the pool until the latch is opened, without helping.
fn occupy(pool: &ThreadPool) -> Arc<Latch> {
    let (begun, latch) = (Arc::new(Barrier::new(2)), Arc::new(Latch::new()));
    let (begins, opened) = (Arc::clone(&begun), Arc::clone(&latch));
    let task = move || {
        begins.wait();
        while !opened.is_open() {
            thread::yield_now();
        }
    };
    pool.run(task, |_| ()).unwrap();
    begun.wait();
    latch
}

#[test]
fn nothing_works_without_a_thread() {
    assert!(matches!(ThreadPool::new(0), Err(Error::NoThreads)));
    assert!(matches!(Builder::new(1).queue(0).build(), Err(Error::NoRoom)));
    assert!(matches!(Builder::new(1).name("a\0b").build(), Err(Error::Name(_))));
}

#[test]
fn no_thread_is_started_before_there_is_a_task() {
    let pool = ThreadPool::new(3).unwrap();
    assert_eq!((pool.threads(), pool.max_threads()), (0, 3));
}

#[test]
fn threads_are_started_up_to_the_most() {
    let pool = ThreadPool::new(3).unwrap();
    let (all, go_on) = (Arc::new(Barrier::new(4)), Arc::new(Latch::new()));
    for _ in 0..3 {
        let (all, go_on) = (Arc::clone(&all), Arc::clone(&go_on));
        let task = move || {
            all.wait();
            while !go_on.is_open() {
                thread::yield_now();
            }
        };
        pool.run(task, |_| ()).unwrap();
    }
    all.wait();
    assert_eq!((pool.threads(), pool.busy(), pool.idle()), (3, 3, 0));
    let (sender, last) = channel();
    pool.run(|| (), move |_| sender.send(()).unwrap()).unwrap();
    assert_eq!((pool.threads(), pool.queued()), (3, 1));
    go_on.open();
    last.recv_timeout(LONG).unwrap();
    eventually("all are idle", || pool.idle() == 3);
    assert_eq!(pool.queued(), 0);
}

#[test]
fn an_idle_thread_is_taken_before_another_is_started() {
    let pool = ThreadPool::new(8).unwrap();
    for _ in 0..100 {
        pool.spawn(|| ()).unwrap().join().unwrap();
        eventually("the thread is idle", || pool.busy() == 0);
    }
    // One; or two, if the first was still about to be idle when the second task came.
    assert!(pool.threads() <= 2, "{} threads", pool.threads());
}

#[test]
fn threads_are_named_by_their_number() {
    let pool = Builder::new(2).name("cook").build().unwrap();
    let held = occupy(&pool);
    let name = || thread::current().name().map(str::to_owned);
    assert_eq!(pool.spawn(name).unwrap().join().unwrap().as_deref(), Some("cook-2"));
    held.open();
}

#[test]
fn tasks_begin_in_the_order_in_which_they_came() {
    let pool = ThreadPool::new(1).unwrap();
    let (sender, order) = channel();
    for i in 0..1_000 {
        let sender = sender.clone();
        pool.run(move || i, move |i| sender.send(i.unwrap()).unwrap()).unwrap();
    }
    drop(sender);
    assert!(order.iter().eq(0..1_000));
}

#[test]
fn a_panic_costs_its_task_and_nothing_else() {
    let pool = ThreadPool::new(1).unwrap();
    let (sender, results) = channel();
    for i in 0..10 {
        let sender = sender.clone();
        let task = move || if i % 2 == 0 { i } else { quiet_panic("odd") };
        pool.run(task, move |result| {
            let sent = result.map_err(|panic| panic.message().to_owned());
            sender.send(sent).unwrap();
            if i == 4 {
                quiet_panic("of the callback");
            }
        })
        .unwrap();
    }
    drop(sender);
    let results: Vec<_> = results.iter().collect();
    let expected: Vec<_> = (0..10)
        .map(|i| if i % 2 == 0 { Ok(i) } else { Err("odd".to_owned()) })
        .collect();
    assert_eq!(results, expected);
    assert_eq!(pool.threads(), 1);
}

/// A payload whose destructor panics, too.
struct Grenade;

impl Drop for Grenade {
    fn drop(&mut self) {
        quiet_panic("of the payload");
    }
}

#[test]
fn a_payload_that_panics_as_it_is_dropped_does_no_harm() {
    let pool = ThreadPool::new(1).unwrap();
    pool.run(|| std::panic::resume_unwind(Box::new(Grenade)), drop::<Result<(), _>>)
        .unwrap();
    let task = pool.spawn(|| std::panic::resume_unwind(Box::new(Grenade))).unwrap();
    let failed: Result<(), _> = task.join();
    // Its destructor is not run here: it would panic.
    std::mem::forget(failed);
    assert_eq!(pool.spawn(|| 7).unwrap().join().unwrap(), 7);
}

#[test]
fn a_panic_goes_on_where_it_is_resumed() {
    let pool = ThreadPool::new(1).unwrap();
    let task = pool.spawn(|| -> () { quiet_panic("on and on") }).unwrap();
    let Err(TaskError::Panicked(panic)) = task.join() else { panic!("a panic") };
    assert_eq!(panic.to_string(), "the task panicked: on and on");
    let resumed = std::panic::catch_unwind(|| panic.resume());
    let payload = resumed.unwrap_err();
    assert_eq!(payload.downcast_ref::<String>().unwrap(), "on and on");
}

#[test]
fn a_closed_pool_refuses() {
    let pool = ThreadPool::new(2).unwrap();
    pool.spawn(|| ()).unwrap().join().unwrap();
    pool.close();
    pool.close();
    assert!(pool.is_closed());
    assert!(matches!(pool.run(|| (), |_| ()), Err(Error::Closed)));
    assert!(matches!(pool.spawn(|| ()), Err(Error::Closed)));
    pool.wait();
    pool.wait();
    assert_eq!(pool.threads(), 0);
}

#[test]
fn a_pool_that_never_had_a_task_is_closed_at_once() {
    let pool = ThreadPool::new(2).unwrap();
    pool.close();
    pool.wait();
    assert_eq!(pool.terminate(), 0);
}

#[test]
fn dropping_the_pool_runs_what_is_queued() {
    let run = Arc::new(AtomicUsize::new(0));
    let pool = ThreadPool::new(2).unwrap();
    for _ in 0..1_000 {
        let run = Arc::clone(&run);
        pool.run(move || run.fetch_add(1, SeqCst), |_| ()).unwrap();
    }
    drop(pool);
    assert_eq!(run.load(SeqCst), 1_000);
}

#[test]
fn a_task_may_drop_its_own_pool() {
    let (sender, dropped) = channel();
    let pool = Arc::new(ThreadPool::new(1).unwrap());
    let held = occupy(&pool);
    let owner = Arc::clone(&pool);
    pool.run(move || drop(owner), move |_| sender.send(()).unwrap()).unwrap();
    drop(pool);
    held.open();
    dropped.recv_timeout(LONG).unwrap();
}

#[test]
fn terminate_discards_what_has_not_begun() {
    let pool = ThreadPool::new(1).unwrap();
    let held = occupy(&pool);
    let tasks: Vec<_> = (0..10).map(|i| pool.spawn(move || i).unwrap()).collect();
    assert_eq!(pool.terminate(), 10);
    assert_eq!(pool.terminate(), 0);
    for task in tasks {
        assert!(matches!(task.join(), Err(TaskError::Discarded)));
    }
    held.open();
    pool.wait();
}

/// A million tasks come before the first two have ended.
#[test]
fn a_million_tasks_wait_and_are_run_once_each() {
    const TASKS: usize = 1_000_000;
    let pool = ThreadPool::new(2).unwrap();
    // A latch would let its threads run other tasks meanwhile.
    let (all_wait, run) = (Arc::new(Barrier::new(3)), Arc::new(AtomicUsize::new(0)));
    for _ in 0..2 {
        let all_wait = Arc::clone(&all_wait);
        pool.run(move || all_wait.wait(), |_| ()).unwrap();
    }
    for _ in 0..TASKS {
        let run = Arc::clone(&run);
        pool.run(move || run.fetch_add(1, SeqCst), |_| ()).unwrap();
    }
    assert_eq!(run.load(SeqCst), 0);
    all_wait.wait();
    pool.close();
    pool.wait();
    assert_eq!(run.load(SeqCst), TASKS);
}

/// Each task is run or discarded, whenever the pool is terminated.
#[test]
fn terminate_in_the_middle_of_a_flood_loses_none() {
    for _ in 0..20 {
        let pool = ThreadPool::new(2).unwrap();
        let run = Arc::new(AtomicUsize::new(0));
        let (accepted, discarded) = thread::scope(|scope| {
            let flood = scope.spawn(|| {
                (0..10_000)
                    .take_while(|_| {
                        let run = Arc::clone(&run);
                        pool.run(move || run.fetch_add(1, SeqCst), |_| ()).is_ok()
                    })
                    .count()
            });
            eventually("some have run", || run.load(SeqCst) > 100);
            let discarded = pool.terminate();
            (flood.join().unwrap(), discarded)
        });
        pool.wait();
        assert_eq!(run.load(SeqCst) + discarded, accepted);
    }
}

#[test]
fn close_in_the_middle_of_a_flood_runs_all_that_was_accepted() {
    for _ in 0..20 {
        let pool = ThreadPool::new(2).unwrap();
        let run = Arc::new(AtomicUsize::new(0));
        let accepted: usize = thread::scope(|scope| {
            let floods = [(); 3].map(|()| {
                scope.spawn(|| {
                    (0..10_000)
                        .take_while(|_| {
                            let run = Arc::clone(&run);
                            pool.run(move || run.fetch_add(1, SeqCst), |_| ()).is_ok()
                        })
                        .count()
                })
            });
            eventually("some have run", || run.load(SeqCst) > 100);
            pool.close();
            floods.into_iter().map(|flood| flood.join().unwrap()).sum()
        });
        pool.wait();
        assert_eq!((run.load(SeqCst), pool.threads()), (accepted, 0));
    }
}

#[test]
fn a_task_and_its_callback_are_dropped_once_run() {
    let pool = ThreadPool::new(1).unwrap();
    let held = Arc::new(());
    let (in_task, in_callback) = (Arc::clone(&held), Arc::clone(&held));
    pool.run(move || drop(in_task), move |_| drop(in_callback)).unwrap();
    eventually("both are dropped", || Arc::strong_count(&held) == 1);
}

#[test]
fn a_bounded_queue_holds_so_many_and_no_more() {
    let pool = Arc::new(Builder::new(1).queue(2).build().unwrap());
    let held = occupy(&pool);
    pool.run(|| (), |_| ()).unwrap();
    pool.run(|| (), |_| ()).unwrap();
    let (sender, third) = channel();
    let waits = {
        let pool = Arc::clone(&pool);
        thread::spawn(move || sender.send(pool.run(|| (), |_| ()).is_ok()))
    };
    assert!(third.recv_timeout(Duration::from_millis(50)).is_err());
    assert_eq!(pool.queued(), 2);
    held.open();
    assert_eq!(third.recv_timeout(LONG), Ok(true));
    waits.join().unwrap().unwrap();
}

#[test]
fn a_thread_that_waits_for_room_is_refused_by_a_close() {
    let pool = Arc::new(Builder::new(1).queue(1).build().unwrap());
    let held = occupy(&pool);
    pool.run(|| (), |_| ()).unwrap();
    let waits = {
        let pool = Arc::clone(&pool);
        thread::spawn(move || pool.run(|| (), |_| ()))
    };
    thread::sleep(Duration::from_millis(20));
    assert_eq!(pool.terminate(), 1);
    assert!(matches!(waits.join().unwrap(), Err(Error::Closed)));
    held.open();
}

#[test]
fn callbacks_run_in_the_threads_of_the_pool() {
    let pool = ThreadPool::new(2).unwrap();
    let (sender, names) = channel();
    for _ in 0..50 {
        let sender = sender.clone();
        let callback = move |ran: Result<_, _>| {
            let name = thread::current().name().map(str::to_owned);
            sender.send((ran.unwrap() == thread::current().id(), name)).unwrap();
        };
        pool.run(|| thread::current().id(), callback).unwrap();
    }
    drop(sender);
    let names: Vec<_> = names.iter().collect();
    assert!(names.iter().all(|(is_same, _)| *is_same));
    let names: HashSet<_> = names.into_iter().filter_map(|(_, name)| name).collect();
    assert!(names.iter().all(|name| name == "worker-1" || name == "worker-2"));
}
