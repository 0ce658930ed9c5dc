//! What a signal costs: a permit without contention, and a wake-up there and back
//! (N5.5, N5.6).

use std::hint::black_box;
use std::thread;

use criterion::{Criterion, criterion_group, criterion_main};
use thread_signals::{BoundedSemaphore, Event};

fn signals(criterion: &mut Criterion) {
    let cases = [
        ("permit", "BoundedSemaphore", permit as fn(u64)),
        ("round-trip", "Event", round_trip),
    ];
    for (case, side, work) in cases {
        let bench = format!("{case}/{side}");
        criterion.benchmark_group(case).sample_size(10).bench_function(
            side,
            |bencher| {
                bencher
                    .iter_custom(|ops| shared::bench::run(&bench, ops, || work(ops)));
            },
        );
    }
}

/// An operation is one acquire and the release, without contention.
fn permit(ops: u64) {
    let seats = BoundedSemaphore::new(2);
    for _ in 0..ops {
        drop(black_box(seats.acquire()));
    }
}

/// An operation is one event that wakes another thread, and one that it sets in answer.
fn round_trip(ops: u64) {
    let (question, answer) = (Event::new(), Event::new());
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..ops {
                question.wait();
                question.clear();
                answer.set();
            }
        });
        for _ in 0..ops {
            question.set();
            answer.wait();
            answer.clear();
        }
    });
}

criterion_group!(benches, signals);
criterion_main!(benches);
