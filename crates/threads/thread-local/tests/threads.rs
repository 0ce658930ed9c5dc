//! Threads: each has its own, until it ends; and what a value may do.

#![forbid(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier};
use std::thread;

use thread_local::{Local, SetError, copy_context};

/// Counts how often a value was dropped.
#[derive(Clone)]
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

fn counted() -> (Arc<AtomicUsize>, Counted) {
    let drops = Arc::new(AtomicUsize::new(0));
    (Arc::clone(&drops), Counted(drops))
}

#[test]
fn each_thread_has_its_own() {
    let (local, all) = (Local::new(), Barrier::new(32));
    thread::scope(|scope| {
        for number in 0..32 {
            let (local, all) = (&local, &all);
            scope.spawn(move || {
                assert_eq!(local.get(), None);
                for value in [number, 100 + number] {
                    local.set(value).unwrap();
                    all.wait();
                    assert_eq!(local.get(), Some(value));
                    assert_eq!(local.flows(), 32);
                    all.wait();
                }
            });
        }
    });
    assert_eq!(local.get(), None);
}

#[test]
fn a_value_is_dropped_when_its_thread_ends() {
    let (local, (drops, value)) = (Local::new(), counted());
    thread::scope(|scope| {
        let set = scope.spawn(|| local.set(value).map_err(drop));
        assert_eq!(set.join().unwrap(), Ok(()));
    });
    assert_eq!((drops.load(SeqCst), local.flows()), (1, 0));
}

#[test]
fn a_value_is_dropped_when_its_thread_panics() {
    let (local, (drops, value)) = (Local::new(), counted());
    thread::scope(|scope| {
        let thread = scope.spawn(|| {
            local.set(value).unwrap();
            std::panic::resume_unwind(Box::new("on purpose"));
        });
        assert!(thread.join().is_err());
    });
    assert_eq!((drops.load(SeqCst), local.flows()), (1, 0));
}

#[test]
fn a_value_is_dropped_when_it_is_replaced_or_removed() {
    let (local, (drops, value)) = (Local::new(), counted());
    local.set(value.clone()).unwrap();
    local.set(value).unwrap();
    assert_eq!((drops.load(SeqCst), local.flows()), (1, 1));
    assert!(local.remove());
    assert!(!local.remove());
    assert_eq!((drops.load(SeqCst), local.flows()), (2, 0));
}

#[test]
fn a_dropped_local_drops_the_value_of_this_thread() {
    let (local, (drops, value)) = (Local::new(), counted());
    local.set(value).unwrap();
    drop(local);
    assert_eq!(drops.load(SeqCst), 1);
}

/// Of a thousand `Local`s dropped by another thread this one keeps a few values, until
/// it ends.
#[test]
fn values_of_locals_that_others_drop_do_not_pile_up() {
    let (drops, value) = counted();
    thread::scope(|scope| {
        let thread = scope.spawn(|| {
            for _ in 0..1_000 {
                let local = Local::new();
                local.set(value.clone()).unwrap();
                thread::spawn(move || drop(local)).join().unwrap();
            }
            drops.load(SeqCst)
        });
        let dropped = thread.join().unwrap();
        assert!(dropped >= 980, "{dropped}");
    });
    assert_eq!(drops.load(SeqCst), 1_000);
}

/// Each new one may lie where a dropped one has lain.
#[test]
fn a_new_local_never_finds_the_value_of_a_dropped_one() {
    for number in 0..1_000 {
        let local = Local::new();
        assert_eq!(local.get(), None);
        local.set(number).unwrap();
        thread::spawn(move || drop(local)).join().unwrap();
    }
}

#[test]
fn a_value_is_used_again_while_it_is_used() {
    let local = Local::new();
    local.set("first".to_owned()).unwrap();
    local.with(|outer| {
        assert_eq!(local.get().as_ref(), Some(outer));
        local.set("second".to_owned()).unwrap();
        assert_eq!(outer, "first");
        assert_eq!(local.get().as_deref(), Some("second"));
        assert!(local.remove());
        assert_eq!(outer, "first");
    });
    assert_eq!(local.get(), None);
}

#[test]
fn a_value_need_not_be_sync() {
    let words: Local<RefCell<Vec<&str>>> = Local::new();
    words.set(RefCell::default()).unwrap();
    for word in ["a", "b"] {
        words.with(|words| words.borrow_mut().push(word));
    }
    assert_eq!(words.with(|words| words.borrow().len()), Some(2));
}

/// Sets another `Local` when it is cloned and when it is dropped.
struct Restless;

static COUNT: Local<Cell<u32>> = Local::new();

impl Restless {
    fn count() -> u32 {
        let count = COUNT.with(Cell::get).unwrap_or(0);
        let _ = COUNT.set(Cell::new(count + 1));
        count + 1
    }
}

impl Clone for Restless {
    fn clone(&self) -> Self {
        Self::count();
        Self
    }
}

impl Drop for Restless {
    fn drop(&mut self) {
        Self::count();
    }
}

#[test]
fn a_clone_and_a_destructor_may_use_a_local() {
    let local = Local::inherited();
    local.set(Restless).unwrap();
    drop(local.get()); // A clone and a drop.
    local.set(Restless).unwrap(); // A drop.
    drop(copy_context()); // A clone and a drop.
    assert!(local.remove()); // A drop.
    assert_eq!(Restless::count(), 7);
}

#[test]
fn a_destructor_at_the_end_of_a_thread_is_refused_a_value() {
    static LOCAL: Local<u32> = Local::new();
    struct AtTheEnd(Arc<AtomicUsize>);
    impl Drop for AtTheEnd {
        fn drop(&mut self) {
            assert_eq!(LOCAL.get(), None);
            if LOCAL.set(3) == Err(SetError::Ending(3)) {
                self.0.fetch_add(1, SeqCst);
            }
        }
    }
    static VALUE: Local<AtTheEnd> = Local::new();
    let refused = Arc::new(AtomicUsize::new(0));
    let value = AtTheEnd(Arc::clone(&refused));
    thread::spawn(|| VALUE.set(value).unwrap()).join().unwrap();
    assert_eq!(refused.load(SeqCst), 1);
}

#[test]
fn the_values_of_the_caller_come_back_after_a_context() {
    let (own, inherited) = (Local::new(), Local::inherited());
    own.set(1).unwrap();
    inherited.set(2).unwrap();
    let context = copy_context();
    inherited.set(3).unwrap();
    context.run(|| {
        assert_eq!((own.get(), inherited.get()), (None, Some(2)));
        own.set(10).unwrap();
        inherited.set(20).unwrap();
    });
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        copy_context().run(|| {
            own.set(11).unwrap();
            std::panic::resume_unwind(Box::new("on purpose"));
        });
    }));
    assert!(panicked.is_err());
    assert_eq!((own.get(), inherited.get()), (Some(1), Some(3)));
    assert_eq!((own.flows(), inherited.flows()), (1, 1));
}

#[test]
fn an_error_says_why_and_hands_the_value_back() {
    let error = SetError::NoScope("alex");
    assert_eq!(
        error.to_string(),
        "this tokio task has no values of its own: run it in Local::scope"
    );
    assert_eq!(format!("{error:?}"), "NoScope(..)");
    assert_eq!(error.into_value(), "alex");
}

/// The chapter says so: the crate `thread_local` keeps the value of a thread that has
/// ended, and gives it to a new one.
#[test]
fn the_crate_thread_local_gives_the_value_of_a_dead_thread_to_a_new_one() {
    let theirs = thread_local_peer::ThreadLocal::new();
    thread::scope(|scope| {
        scope.spawn(|| *theirs.get_or(|| 7)).join().unwrap();
        // Its number is given to the next thread that uses the crate; that may be one
        // of another test.
        let finds = || scope.spawn(|| *theirs.get_or(|| 0)).join().unwrap();
        assert!((0..1_000).any(|_| finds() == 7));
    });
}
