//! Turns a second of threads that all want one lock all the time, each for one addition
//! (N2.10).
//!
//! An operation is one turn: to get the lock, add one, and let go of it.

use std::sync::{Mutex, PoisonError};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ticket_lock::TicketLock;

fn locks(criterion: &mut Criterion) {
    for threads in [2, 4, 8, 16] {
        let case = format!("{threads}-threads");
        let mut group = criterion.benchmark_group(&case);
        group.throughput(Throughput::Elements(1)).sample_size(10);
        for (side, pass) in [
            ("TicketLock", ticket_lock as fn(u64, u64)),
            ("std-Mutex", std_mutex),
            ("parking_lot-Mutex", parking_lot_mutex),
            ("parking_lot-unlock_fair", parking_lot_fair),
        ] {
            let bench = format!("{case}/{side}");
            group.bench_function(side, |bencher| {
                bencher.iter_custom(|turns| {
                    shared::bench::run(&bench, turns, || pass(threads, turns))
                });
            });
        }
    }
}

fn ticket_lock(threads: u64, turns: u64) {
    let count = TicketLock::new(0);
    in_threads(threads, turns, || *count.lock() += 1);
    assert!(count.into_inner() >= turns, "no turn is lost");
}

fn std_mutex(threads: u64, turns: u64) {
    let count = Mutex::new(0);
    in_threads(threads, turns, || {
        *count.lock().unwrap_or_else(PoisonError::into_inner) += 1;
    });
    assert!(count.into_inner().expect("not poisoned") >= turns, "no turn is lost");
}

fn parking_lot_mutex(threads: u64, turns: u64) {
    let count = parking_lot::Mutex::new(0);
    in_threads(threads, turns, || *count.lock() += 1);
    assert!(count.into_inner() >= turns, "no turn is lost");
}

/// The lock that is fair on request: each turn ends by handing it to the thread that
/// has waited longest.
fn parking_lot_fair(threads: u64, turns: u64) {
    let count = parking_lot::Mutex::new(0);
    in_threads(threads, turns, || {
        let mut held = count.lock();
        *held += 1;
        parking_lot::MutexGuard::unlock_fair(held);
    });
    assert!(count.into_inner() >= turns, "no turn is lost");
}

/// Shares the turns out among `threads` threads.
fn in_threads(threads: u64, turns: u64, turn: impl Fn() + Sync) {
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| (0..turns.div_ceil(threads)).for_each(|_| turn()));
        }
    });
}

criterion_group!(benches, locks);
criterion_main!(benches);
