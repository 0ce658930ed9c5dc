//! The nursery on tokio: the cases of CPython's `test_taskgroups.py` by name, where
//! Rust has the thing, and those of Rust alone.

use std::cell::Cell;
use std::future::{Ready, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use coroutines::kit::tasks::Tasks;
use coroutines::{Failed, on_tokio};
use tokio::runtime::{Builder, Handle};
use tokio::task::yield_now;
use tokio::time::{sleep, timeout};

type Outcome<T = ()> = Result<T, Failed<String>>;

const FOR_EVER: Duration = Duration::from_secs(1000);

/// Runs the future on this thread. No task may be left, and it must not hang.
fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime =
        Builder::new_current_thread().enable_time().build().expect("a runtime");
    let (output, left) = runtime.block_on(async {
        let output = timeout(Duration::from_mins(1), future).await.expect("no hang");
        (output, Handle::current().metrics().num_alive_tasks())
    });
    assert_eq!(left, 0, "tasks are left");
    output
}

fn failed<T>(outcome: Outcome<T>) -> (String, usize) {
    let failed = outcome.err().expect("it fails");
    (failed.first().to_string(), failed.later().len())
}

fn fail(error: &str) -> Ready<Result<(), String>> {
    ready(Err(error.to_owned()))
}

async fn never_ends(tasks: Tasks) -> Result<(), String> {
    let _task = tasks.begin();
    sleep(FOR_EVER).await;
    unreachable!("it sleeps for ever")
}

/// CPython: `test_taskgroup_01`, `_02`.
#[test]
fn values_come_back_in_the_order_asked_for() {
    let sum = run(on_tokio::nursery(async |nursery| -> Result<_, String> {
        let foo = nursery.spawn("foo", async { Ok(42) });
        let bar = nursery.spawn("bar", async {
            yield_now().await;
            Ok(11)
        });
        Ok((bar.join().await, foo.join().await))
    }));
    assert_eq!(sum, Ok((Some(11), Some(42))));
}

/// CPython: `test_taskgroup_03`.
#[test]
fn a_task_that_is_cancelled_alone_is_no_failure() {
    let outcome: Outcome<_> = run(on_tokio::nursery(async |nursery| {
        let tasks = Tasks::default();
        let foo = nursery.spawn("foo", never_ends(tasks.clone()));
        let bar = nursery.spawn("bar", async { Ok(11) });
        yield_now().await;
        foo.cancel();
        foo.cancel();
        let values = (foo.join().await, bar.join().await);
        assert_eq!(tasks.cancelled(), 1);
        Ok(values)
    }));
    assert_eq!(outcome, Ok((None, Some(11))));
}

/// CPython: `test_taskgroup_04`, `_05`.
#[test]
fn an_error_cancels_the_siblings_and_the_block() {
    let (tasks, went_on) = (Tasks::default(), Cell::new(false));
    let outcome = run(on_tokio::nursery(async |nursery| {
        nursery.spawn("foo", never_ends(tasks.clone()));
        nursery.spawn("bar", fail("1/0"));
        sleep(FOR_EVER).await;
        went_on.set(true);
        Ok(())
    }));
    assert_eq!(failed(outcome), ("bar: 1/0".to_owned(), 0));
    assert_eq!((tasks.alive(), tasks.cancelled()), (0, 1));
    assert!(!went_on.get());
}

/// CPython: `test_taskgroup_07`, `_20`: errors of the block and of a task.
#[test]
fn the_error_of_the_block_cancels_the_tasks() {
    let tasks = Tasks::default();
    let outcome: Outcome = run(on_tokio::nursery(async |nursery| {
        nursery.spawn("foo", never_ends(tasks.clone()));
        yield_now().await;
        Err("KeyError".to_owned())
    }));
    assert_eq!(failed(outcome), ("the block: KeyError".to_owned(), 0));
    assert_eq!((tasks.alive(), tasks.cancelled()), (0, 1));
}

/// CPython: `test_taskgroup_21`, `_22`: a parent that is cancelled cancels its tasks.
#[test]
fn a_nursery_whose_caller_is_cancelled_leaves_no_task() {
    let tasks = Tasks::default();
    let (inner, counts) = (tasks.clone(), tasks.clone());
    let outcome: Outcome = run(on_tokio::nursery(async move |nursery| {
        let outer = nursery.spawn("outer", async move {
            let nested = on_tokio::nursery(async |nursery| {
                nursery.spawn("inner", never_ends(inner.clone()));
                never_ends(inner).await
            });
            nested.await.map_err(Failed::into_first)
        });
        while counts.alive() < 2 {
            yield_now().await;
        }
        outer.cancel();
        Ok(())
    }));
    assert_eq!(outcome, Ok(()));
    assert_eq!((tasks.alive(), tasks.cancelled()), (0, 2));
}

/// CPython: `test_taskgroup_13`, `_14`.
#[test]
fn an_error_within_a_nested_nursery_goes_up() {
    let tasks = Tasks::default();
    let outcome: Outcome = run(on_tokio::nursery(async |nursery| {
        nursery.spawn("sibling", never_ends(tasks.clone()));
        nursery.spawn("outer", async {
            on_tokio::nursery(async |nursery| {
                nursery.spawn("inner", fail("1/0"));
                Ok(())
            })
            .await
            .map_err(|failed| failed.to_string())
        });
        Ok(())
    }));
    assert_eq!(failed(outcome), ("outer: inner: 1/0".to_owned(), 0));
    assert_eq!(tasks.cancelled(), 1);
}

/// CPython: `test_taskgroup_08`, `_10`: all errors are in the group.
#[test]
fn errors_at_the_same_time_are_all_reported() {
    let runtime =
        Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
    let outcome = runtime.block_on(on_tokio::nursery(async |nursery| {
        let both_run = Arc::new(Barrier::new(2));
        for name in ["foo", "bar"] {
            let both_run = Arc::clone(&both_run);
            nursery.spawn(name, async move {
                // It blocks a worker until the other task runs on the other one, so
                // no cancellation comes before its error.
                both_run.wait();
                Err::<(), _>("1/0".to_owned())
            });
        }
        Ok(())
    }));
    assert_eq!(failed(outcome).1, 1);
}

/// CPython: `test_taskgroup_finished`, `_already_entered`.
#[test]
fn a_nursery_that_has_ended_begins_no_task() {
    let tasks = Tasks::default();
    let value = run(async {
        let mut kept = None;
        let outcome: Outcome = on_tokio::nursery(async |nursery| {
            kept = Some(nursery);
            Ok(())
        })
        .await;
        assert_eq!(outcome, Ok(()));
        let nursery = kept.expect("the nursery");
        nursery.spawn("late", never_ends(tasks.clone())).join().await
    });
    assert_eq!((value, tasks.alive(), tasks.cancelled()), (None, 0, 0));
}

/// CPython: `test_taskgroup_task_context`, in spirit: a task may spawn its siblings.
#[test]
fn a_task_spawns_into_its_own_nursery() {
    let tasks = Tasks::default();
    let (count, begun) = (tasks.clone(), tasks.clone());
    let outcome: Outcome = run(on_tokio::nursery(async |nursery| {
        let siblings = nursery.clone();
        nursery.spawn("foo", async move {
            yield_now().await;
            siblings.spawn("bar", async move {
                yield_now().await;
                count.begin().finish();
                Ok(())
            });
            Ok(())
        });
        Ok(())
    }));
    assert_eq!(outcome, Ok(()));
    assert_eq!(begun.cancelled(), 0);
}

#[test]
fn a_panic_goes_on_when_all_tasks_have_ended() {
    let tasks = Tasks::default();
    let panic = catch_unwind(AssertUnwindSafe(|| {
        run(on_tokio::nursery(async |nursery| -> Result<(), String> {
            nursery.spawn("foo", never_ends(tasks.clone()));
            nursery.spawn("bar", async {
                yield_now().await;
                if true {
                    std::panic::panic_any(7);
                }
                Ok(())
            });
            sleep(FOR_EVER).await;
            Ok(())
        }))
    }));
    assert_eq!(panic.err().and_then(|it| it.downcast::<i32>().ok()), Some(Box::new(7)));
    assert_eq!((tasks.alive(), tasks.cancelled()), (0, 1));
}

#[test]
fn a_dropped_nursery_cancels_its_tasks() {
    let tasks = Tasks::default();
    run(async {
        let nursery = on_tokio::nursery(async |nursery| {
            nursery.spawn("foo", never_ends(tasks.clone()));
            never_ends(tasks.clone()).await
        });
        assert!(timeout(Duration::from_millis(10), nursery).await.is_err());
        // A destructor cannot wait, so the task ends in the runtime's next turn.
        yield_now().await;
        assert_eq!((tasks.alive(), tasks.cancelled()), (0, 2));
    });
}

/// The futures of nurseries move between threads, and so do tasks.
#[test]
fn many_threads_leave_no_task() {
    let runtime =
        Builder::new_multi_thread().worker_threads(4).build().expect("a runtime");
    for round in 0..500_usize {
        let tasks = Tasks::default();
        let counts = tasks.clone();
        let storm = runtime.spawn(async move {
            on_tokio::nursery(async |nursery| {
                for turns in 0..10 {
                    let tasks = tasks.clone();
                    nursery.spawn("task", async move {
                        let task = tasks.begin();
                        for _ in 0..turns * round % 17 {
                            yield_now().await;
                        }
                        task.finish();
                        if turns == 5 { Err("it is enough".to_owned()) } else { Ok(()) }
                    });
                }
                Ok(())
            })
            .await
        });
        let outcome = runtime.block_on(storm).expect("no panic");
        assert_eq!(failed(outcome), ("task: it is enough".to_owned(), 0));
        assert_eq!(counts.alive(), 0);
    }
}
