//! How many turns a second four locks give, how long the longest wait is, and how evenly the turns are shared, for 2,
//! 4, 8 and 16 threads that want one lock all the time (N2.10).
//!
//! `cargo run --release -p ticket-lock --example fairness`

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ticket_lock::{TicketLock, contest};

fn main() {
    println!(
        "| threads | lock | million turns a second | longest wait | Jain's index |\n|---|---|---|---|---|"
    );
    for threads in [2, 4, 8, 16] {
        let ticket = TicketLock::new(0_u64);
        let std = Mutex::new(0_u64);
        let parking_lot = parking_lot::Mutex::new(0_u64);
        show(threads, "TicketLock", || *ticket.lock() += 1);
        show(threads, "std", || *std.lock().unwrap_or_else(PoisonError::into_inner) += 1);
        show(threads, "parking_lot", || *parking_lot.lock() += 1);
        show(threads, "parking_lot, fair", || {
            let mut held = parking_lot.lock();
            *held += 1;
            parking_lot::MutexGuard::unlock_fair(held);
        });
    }
}

/// Prints the run in the middle of five, by its number of turns.
fn show(threads: usize, lock: &str, turn: impl Fn() + Sync) {
    let mut contests: Vec<_> = (0..5).map(|_| contest(threads, Duration::from_millis(300), &turn)).collect();
    contests.sort_by(|one, other| one.per_second().total_cmp(&other.per_second()));
    let middle = &contests[2];
    println!(
        "| {threads} | {lock} | {:.2} | {:.1?} | {:.2} |",
        middle.per_second() / 1e6,
        middle.longest_wait,
        middle.jain_index()
    );
}
