//! The life of a thread: its parts, and how it comes out where it goes wrong.

use std::hint::black_box;
use std::time::{Duration, Instant};

use threads::{Life, Panicked};

#[test]
fn the_parts_lie_within_the_time_that_went_by() {
    let begin = Instant::now();
    let (value, life) = Life::of("t", || {
        let end = Instant::now() + Duration::from_millis(50);
        while Instant::now() < end {
            black_box(());
        }
        7
    })
    .unwrap();
    let went_by = begin.elapsed();
    assert_eq!(value, 7);
    let Life { start, run, end, .. } = life;
    assert!(start + run.time + end <= went_by);
    assert!(run.time >= Duration::from_millis(50));
    // The kernel's counters are not read at the very moment of the clock.
    assert!(run.on_core + run.ready <= run.time + Duration::from_millis(5), "{run:?}");
    assert!(!run.on_core.is_zero());
}

#[test]
fn a_panic_is_the_error() {
    let error = Life::of("bad", || -> () { panic!("rotten") }).unwrap_err();
    assert_eq!(error.to_string(), "thread bad panicked: rotten");
    let panicked = error.into_inner().unwrap().downcast::<Panicked>().unwrap();
    assert_eq!(panicked.thread(), "bad");
}
