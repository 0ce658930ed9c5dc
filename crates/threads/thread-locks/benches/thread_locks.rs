//! What a lock costs beside its peers: alone, two at a time, and with five threads.
//!
//! An operation is one lock, decrement and release; in `nested` it is that of two
//! locks.

use std::cell::Cell;
use std::hint::black_box;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::thread;

use criterion::{Criterion, criterion_group, criterion_main};
use thread_locks::{Detector, Lock, RLock, RwLock};
use tracing_mutex::stdsync::tracing;

/// Does so many operations.
type Work = fn(u64);

const THREADS: u64 = 5;

fn locks(criterion: &mut Criterion) {
    let cases: [(&str, &str, Work); 17] = [
        ("uncontended", "Lock", |ops| alone(ops, &ours(), decrement)),
        ("uncontended", "std", |ops| alone(ops, &Mutex::new(0), decrement_std)),
        ("uncontended", "interleavings", |ops| {
            alone(ops, &interleavings::sync::Mutex::new(0), decrement_explored);
        }),
        ("uncontended", "parking_lot", |ops| {
            alone(ops, &parking_lot::Mutex::new(0), decrement_parking_lot);
        }),
        ("uncontended", "tracing-mutex", |ops| {
            alone(ops, &tracing::Mutex::new(0), decrement_tracing);
        }),
        ("re-entrant", "RLock", |ops| alone(ops, &ours_again(), decrement_again)),
        ("re-entrant", "parking_lot", |ops| {
            let lock = parking_lot::ReentrantMutex::new(Cell::new(0));
            alone(ops, &lock, decrement_parking_lot_again);
        }),
        ("readers-writer", "RwLock", |ops| {
            alone(ops, &RwLock::new(0), |lock| *lock.write() -= 1);
        }),
        ("readers-writer", "std", |ops| {
            let lock = std::sync::RwLock::new(0);
            alone(ops, &lock, |lock| *lock.write().expect("no panic") -= 1);
        }),
        ("nested", "Lock", |ops| {
            let detector = Detector::new();
            let locks = ["A", "B"].map(|name| Lock::new(&detector, name, 0));
            alone(ops, &locks, |[one, other]| {
                let _one = one.lock().expect("no deadlock");
                decrement(other);
            });
        }),
        ("nested", "std", |ops| {
            alone(ops, &[Mutex::new(0), Mutex::new(0)], |[one, other]| {
                let _one = one.lock().expect("no panic");
                decrement_std(other);
            });
        }),
        ("nested", "tracing-mutex", |ops| {
            let locks = [0, 0].map(tracing::Mutex::new);
            alone(ops, &locks, |[one, other]| {
                let _one = one.lock().expect("no panic");
                decrement_tracing(other);
            });
        }),
        ("five-threads", "Lock", |ops| at_once(ops, &ours(), decrement)),
        ("five-threads", "std", |ops| at_once(ops, &Mutex::new(0), decrement_std)),
        ("five-threads", "parking_lot", |ops| {
            at_once(ops, &parking_lot::Mutex::new(0), decrement_parking_lot);
        }),
        ("five-threads", "RLock", |ops| at_once(ops, &ours_again(), decrement_again)),
        ("five-threads", "fetch_sub", |ops| {
            at_once(ops, &AtomicI64::new(0), |n| {
                n.fetch_sub(1, Relaxed);
            });
        }),
    ];
    for (case, side, work) in cases {
        let bench = format!("{case}/{side}");
        let mut group = criterion.benchmark_group(case);
        group.sample_size(10).bench_function(side, |bencher| {
            bencher.iter_custom(|ops| shared::bench::run(&bench, ops, || work(ops)));
        });
    }
}

fn ours() -> Lock<i64> {
    Lock::new(&Detector::new(), "n", 0)
}

fn ours_again() -> RLock<Cell<i64>> {
    RLock::new(&Detector::new(), "n", Cell::new(0))
}

fn decrement(n: &Lock<i64>) {
    *n.lock().expect("no deadlock") -= 1;
}

fn decrement_std(n: &Mutex<i64>) {
    *n.lock().expect("no panic") -= 1;
}

fn decrement_explored(n: &interleavings::sync::Mutex<i64>) {
    *n.lock().expect("no panic") -= 1;
}

fn decrement_parking_lot(n: &parking_lot::Mutex<i64>) {
    *n.lock() -= 1;
}

fn decrement_tracing(n: &tracing::Mutex<i64>) {
    *n.lock().expect("no panic") -= 1;
}

fn decrement_again(n: &RLock<Cell<i64>>) {
    let n = n.lock().expect("no deadlock");
    n.set(n.get() - 1);
}

fn decrement_parking_lot_again(n: &parking_lot::ReentrantMutex<Cell<i64>>) {
    let n = n.lock();
    n.set(n.get() - 1);
}

fn alone<L>(ops: u64, lock: &L, work: impl Fn(&L)) {
    for _ in 0..ops {
        work(black_box(lock));
    }
}

/// Shares the operations out among five threads; the figure includes starting and
/// joining them.
fn at_once<L: Sync>(ops: u64, lock: &L, work: impl Fn(&L) + Sync) {
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let work = &work;
            scope.spawn(move || {
                (thread..ops).step_by(THREADS as usize).for_each(|_| work(lock));
            });
        }
    });
}

criterion_group!(benches, locks);
criterion_main!(benches);
