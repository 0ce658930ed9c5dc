//! The nursery on may: the cases of CPython's `test_taskgroups.py` by name, where Rust
//! has the thing, and those of coroutines that have stacks.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};

use coroutines::kit::one_thread::let_others_begin;
use coroutines::kit::tasks::Tasks;
use coroutines::{Failed, on_may};
use may::coroutine::sleep;

type Outcome<T = ()> = Result<T, Failed<&'static str>>;

const FOR_EVER: Duration = Duration::from_secs(1000);

fn failed<T>(outcome: Outcome<T>) -> (String, usize) {
    let failed = outcome.err().expect("it fails");
    (failed.first().to_string(), failed.later().len())
}

fn never_ends(tasks: &Tasks) -> Result<(), &'static str> {
    let _task = tasks.begin();
    sleep(FOR_EVER);
    unreachable!("it sleeps for ever")
}

/// Lets others run until so many tasks are alive.
fn wait_for(tasks: &Tasks, alive: usize) {
    let begin = Instant::now();
    while tasks.alive() < alive {
        assert!(begin.elapsed() < Duration::from_mins(1), "no hang");
        let_others_begin();
    }
}

/// CPython: `test_taskgroup_01`, `_02`.
#[test]
fn values_come_back_in_the_order_asked_for() {
    let values: Outcome<_> = on_may::nursery(|nursery| {
        let foo = nursery.spawn("foo", || Ok(42));
        let bar = nursery.spawn("bar", || {
            let_others_begin();
            Ok(11)
        });
        Ok((bar.join(), foo.join()))
    });
    assert_eq!(values, Ok((Some(11), Some(42))));
}

/// CPython: `test_taskgroup_03`.
#[test]
fn a_task_that_is_cancelled_alone_is_no_failure() {
    let tasks = Tasks::default();
    let values: Outcome<_> = on_may::nursery(|nursery| {
        let foo = nursery.spawn("foo", || never_ends(&tasks));
        let bar = nursery.spawn("bar", || Ok(11));
        wait_for(&tasks, 1);
        foo.cancel();
        foo.cancel();
        Ok((foo.join(), bar.join()))
    });
    assert_eq!(values, Ok((None, Some(11))));
    assert_eq!((tasks.alive(), tasks.cancelled()), (0, 1));
}

#[test]
fn a_task_that_is_cancelled_before_it_begins_does_not_begin() {
    let tasks = Tasks::default();
    let begun = AtomicU32::new(0);
    for _ in 0..200 {
        let before = (begun.load(SeqCst) as usize, tasks.cancelled());
        let value: Outcome<_> = on_may::nursery(|nursery| {
            let foo = nursery.spawn("foo", || {
                begun.fetch_add(1, SeqCst);
                never_ends(&tasks)
            });
            foo.cancel();
            Ok(foo.join())
        });
        assert_eq!(value, Ok(None));
        // With several workers it may have begun first: then it was cancelled.
        let after = (begun.load(SeqCst) as usize, tasks.cancelled());
        assert_eq!(after.0 - before.0, after.1 - before.1);
    }
    assert_eq!(tasks.alive(), 0);
}

/// CPython: `test_taskgroup_04`, `_05`.
#[test]
fn an_error_cancels_the_siblings_and_the_block() {
    let (tasks, went_on) = (Tasks::default(), AtomicU32::new(0));
    let outcome = on_may::nursery(|nursery| {
        nursery.spawn("foo", || never_ends(&tasks));
        nursery.spawn("bar", || {
            wait_for(&tasks, 2);
            Err::<(), _>("1/0")
        });
        let _block = tasks.begin();
        sleep(FOR_EVER);
        went_on.fetch_add(1, SeqCst);
        Ok(())
    });
    assert_eq!(failed(outcome), ("bar: 1/0".to_owned(), 0));
    assert_eq!((tasks.alive(), tasks.cancelled()), (0, 2));
    assert_eq!(went_on.into_inner(), 0);
}

/// CPython: `test_taskgroup_07`.
#[test]
fn the_error_of_the_block_cancels_the_tasks() {
    let tasks = Tasks::default();
    let outcome: Outcome = on_may::nursery(|nursery| {
        nursery.spawn("foo", || never_ends(&tasks));
        wait_for(&tasks, 1);
        Err("KeyError")
    });
    assert_eq!(failed(outcome), ("the block: KeyError".to_owned(), 0));
    assert_eq!((tasks.alive(), tasks.cancelled()), (0, 1));
}

/// CPython: `test_taskgroup_21`, `_22`.
#[test]
fn a_task_that_is_cancelled_in_a_nursery_waits_for_its_tasks() {
    let (tasks, went_on) = (Tasks::default(), AtomicU32::new(0));
    let outcome: Outcome = on_may::nursery(|nursery| {
        let outer = nursery.spawn("outer", || {
            let _task = tasks.begin();
            let borrowed = String::from("on the stack of outer");
            let nested: Outcome = on_may::nursery(|nursery| {
                nursery.spawn("inner", || {
                    let _task = tasks.begin();
                    let _reads = Reads(&borrowed);
                    sleep(FOR_EVER);
                    Ok(())
                });
                never_ends(&tasks)
            });
            went_on.fetch_add(1, SeqCst);
            nested.map_err(Failed::into_first)
        });
        wait_for(&tasks, 3);
        outer.cancel();
        assert_eq!(outer.join(), None);
        assert_eq!((tasks.alive(), tasks.cancelled()), (0, 3));
        Ok(())
    });
    assert_eq!(outcome, Ok(()));
    assert_eq!(went_on.into_inner(), 0, "outer does not go on behind its nursery");
}

/// Reads what it borrows when it is dropped.
struct Reads<'a>(&'a str);

impl Drop for Reads<'_> {
    fn drop(&mut self) {
        assert_eq!(self.0, "on the stack of outer");
    }
}

/// CPython: `test_taskgroup_13`, `_14`.
#[test]
fn an_error_within_a_nested_nursery_goes_up() {
    let tasks = Tasks::default();
    let outcome: Outcome = on_may::nursery(|nursery| {
        nursery.spawn("sibling", || never_ends(&tasks));
        nursery.spawn("outer", || {
            wait_for(&tasks, 1);
            let nested: Outcome = on_may::nursery(|nursery| {
                nursery.spawn("inner", || Err::<(), _>("1/0"));
                Ok(())
            });
            assert_eq!(failed(nested.clone()).0, "inner: 1/0");
            nested.map_err(Failed::into_first)
        });
        Ok(())
    });
    assert_eq!(failed(outcome), ("outer: 1/0".to_owned(), 0));
    assert_eq!((tasks.alive(), tasks.cancelled()), (0, 1));
}

/// CPython: `test_taskgroup_08`, `_10`: a task fails while it is cancelled.
#[test]
fn later_errors_are_reported_too() {
    let tasks = Tasks::default();
    let outcome = on_may::nursery(|nursery| {
        nursery.spawn("foo", || {
            // It swallows its cancellation, as `except` in Python may.
            drop(catch_unwind(AssertUnwindSafe(|| never_ends(&tasks))));
            Err::<(), _>("2/0")
        });
        wait_for(&tasks, 1);
        Err::<(), _>("1/0")
    });
    assert_eq!(failed(outcome), ("the block: 1/0".to_owned(), 1));
    assert_eq!((tasks.alive(), tasks.cancelled()), (0, 1));
}

#[test]
fn a_panic_goes_on_when_all_tasks_have_ended() {
    let tasks = Tasks::default();
    let panic = catch_unwind(AssertUnwindSafe(|| {
        on_may::nursery(|nursery| -> Result<(), &str> {
            nursery.spawn("foo", || never_ends(&tasks));
            nursery.spawn("bar", || -> Result<(), _> {
                wait_for(&tasks, 1);
                std::panic::panic_any(7);
            });
            sleep(FOR_EVER);
            Ok(())
        })
    }));
    assert_eq!(panic.err().and_then(|it| it.downcast::<i32>().ok()), Some(Box::new(7)));
    assert_eq!((tasks.alive(), tasks.cancelled()), (0, 1));
}

/// The way of may that the documentation of the nursery tells.
#[test]
fn a_destructor_that_waits_while_it_is_cancelled_does_not_wait() {
    struct Waits;
    impl Drop for Waits {
        fn drop(&mut self) {
            sleep(FOR_EVER);
        }
    }
    let (tasks, begin) = (Tasks::default(), Instant::now());
    let outcome: Outcome = on_may::nursery(|nursery| {
        let foo = nursery.spawn("foo", || {
            let _waits = Waits;
            never_ends(&tasks)
        });
        wait_for(&tasks, 1);
        foo.cancel();
        Ok(())
    });
    assert_eq!(outcome, Ok(()));
    assert!(begin.elapsed() < FOR_EVER / 2);
}

#[test]
fn tasks_borrow_what_outlives_the_nursery() {
    let sum = AtomicU32::new(0);
    let numbers: Vec<u32> = (1..=100).collect();
    let outcome: Outcome = on_may::nursery(|nursery| {
        for number in &numbers {
            nursery.spawn("adds", || {
                sum.fetch_add(*number, SeqCst);
                Ok(())
            });
        }
        Ok(())
    });
    assert_eq!((outcome, sum.into_inner()), (Ok(()), 5050));
}
