//! How fast the explorer is, and what its types cost outside an exploration, beside
//! std's.

use std::hint::black_box;
use std::sync as real;

use criterion::{Criterion, criterion_group, criterion_main};
use interleavings::sync::atomic::{AtomicI64, Ordering::Relaxed};
use interleavings::{Limits, explore, sync, thread};

fn explorer(criterion: &mut Criterion) {
    let cases = [
        ("load-and-store", "explored type", load_and_store as fn(u64)),
        ("load-and-store", "std", load_and_store_of_std),
        ("lock-and-unlock", "explored type", lock_and_unlock),
        ("lock-and-unlock", "std", lock_and_unlock_of_std),
        ("explore-12870", "explore", explore_race),
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

/// An operation is one load and one store, without contention.
fn load_and_store(ops: u64) {
    let n = AtomicI64::new(0);
    for _ in 0..ops {
        let n = black_box(&n);
        n.store(n.load(Relaxed) + 1, Relaxed);
    }
}

fn load_and_store_of_std(ops: u64) {
    let n = real::atomic::AtomicI64::new(0);
    for _ in 0..ops {
        let n = black_box(&n);
        n.store(n.load(Relaxed) + 1, Relaxed);
    }
}

/// An operation is one lock and its unlock, without contention.
fn lock_and_unlock(ops: u64) {
    let n = sync::Mutex::new(0);
    for _ in 0..ops {
        *black_box(&n).lock().expect("no panic") += 1;
    }
}

fn lock_and_unlock_of_std(ops: u64) {
    let n = real::Mutex::new(0);
    for _ in 0..ops {
        *black_box(&n).lock().expect("no panic") += 1;
    }
}

/// An operation is an exploration of 12,870 schedules: two threads of four decrements.
fn explore_race(ops: u64) {
    for _ in 0..ops {
        let report = explore(race, Limits::default()).expect("an exploration");
        assert_eq!(report.schedules, 12_870);
    }
}

fn race() -> i64 {
    let n = AtomicI64::new(8);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..4 {
                    let seen = n.load(Relaxed);
                    n.store(seen - 1, Relaxed);
                }
            });
        }
    });
    n.into_inner()
}

criterion_group!(benches, explorer);
criterion_main!(benches);
