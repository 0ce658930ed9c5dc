//! Coroutines of may: each has its own, on whatever thread it goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use may::coroutine::{self, yield_now};
use may::go;
use thread_local::{Local, copy_context};

/// Waits until it is true: a coroutine drops its values a moment after its join.
fn soon(is_true: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !is_true() {
        assert!(Instant::now() < deadline, "not within a minute");
        thread::yield_now();
    }
}

#[test]
fn each_coroutine_has_its_own_on_every_thread() {
    static LOCAL: Local<usize> = Local::new();
    may::config().set_workers(2);
    let lanes: Vec<_> = (0..500)
        .map(|number| {
            go!(move || {
                assert_eq!(LOCAL.get(), None);
                for turn in 0..20 {
                    LOCAL.set(20 * number + turn).unwrap();
                    yield_now();
                    assert_eq!(LOCAL.get(), Some(20 * number + turn));
                }
            })
        })
        .collect();
    for lane in lanes {
        lane.join().unwrap();
    }
    assert_eq!(LOCAL.get(), None);
    soon(|| LOCAL.flows() == 0);
}

#[test]
fn a_value_that_is_in_use_goes_with_its_coroutine() {
    static LOCAL: Local<usize> = Local::new();
    let lanes: Vec<_> = (0..100)
        .map(|number| {
            go!(move || {
                LOCAL.set(number).unwrap();
                LOCAL.with(|value| {
                    (0..20).for_each(|_| yield_now());
                    assert_eq!(*value, number);
                    LOCAL.set(number + 1_000).unwrap();
                    (0..20).for_each(|_| yield_now());
                    assert_eq!(*value, number);
                });
                assert_eq!(LOCAL.get(), Some(number + 1_000));
            })
        })
        .collect();
    for lane in lanes {
        lane.join().unwrap();
    }
    soon(|| LOCAL.flows() == 0);
}

#[test]
fn a_coroutine_that_panics_drops_its_values() {
    struct Counted(Arc<AtomicUsize>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_add(1, SeqCst);
        }
    }
    static LOCAL: Local<Counted> = Local::new();
    let drops = Arc::new(AtomicUsize::new(0));
    let value = Counted(Arc::clone(&drops));
    let lane = go!(move || {
        LOCAL.set(value).unwrap();
        std::panic::resume_unwind(Box::new("on purpose"));
    });
    assert!(lane.join().is_err());
    soon(|| drops.load(SeqCst) == 1 && LOCAL.flows() == 0);
}

#[test]
fn a_context_is_kept_while_its_coroutine_is_suspended() {
    static TRACE: Local<usize> = Local::inherited();
    let lanes: Vec<_> = (0..100)
        .map(|number| {
            TRACE.set(number).unwrap();
            let context = copy_context();
            go!(move || {
                TRACE.set(1_000).unwrap();
                context.run(|| {
                    yield_now();
                    assert_eq!(TRACE.get(), Some(number));
                    TRACE.set(2_000).unwrap();
                    yield_now();
                    assert_eq!(TRACE.get(), Some(2_000));
                });
                assert_eq!(TRACE.get(), Some(1_000));
            })
        })
        .collect();
    for lane in lanes {
        lane.join().unwrap();
    }
    assert_eq!(TRACE.get(), Some(99));
}

#[test]
fn the_coroutines_of_a_scope_have_their_own() {
    let local = Local::new();
    local.set(0).unwrap();
    coroutine::scope(|scope| {
        for number in 1..=10 {
            let local = &local;
            go!(scope, move || {
                assert_eq!(local.get(), None);
                local.set(number).unwrap();
                yield_now();
                assert_eq!(local.get(), Some(number));
            });
        }
    });
    assert_eq!(local.get(), Some(0));
}
