//! Measures how many turns a second four locks give, how long the longest wait is, and
//! how evenly the turns are shared, for 2, 4, 8 and 16 threads (N2.10).

use std::hint::black_box;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use clap::ArgMatches;
use shared::Result;
use ticket_lock::TicketLock;

use crate::contest::contest;

#[expect(clippy::unnecessary_wraps, reason = "a command may fail")]
pub fn measure(_: &ArgMatches) -> Result {
    println!("| threads | lock | turns a second | longest wait | Jain's index |");
    println!("|---|---|---|---|---|");
    for threads in [2, 4, 8, 16] {
        let ticket = TicketLock::new(());
        let std = Mutex::new(());
        let parking_lot = parking_lot::Mutex::new(());
        show(threads, "TicketLock", || work(&ticket.lock()));
        show(threads, "std", || {
            work(&std.lock().unwrap_or_else(PoisonError::into_inner));
        });
        show(threads, "parking_lot", || work(&parking_lot.lock()));
        show(threads, "parking_lot, fair", || {
            let held = parking_lot.lock();
            work(&held);
            parking_lot::MutexGuard::unlock_fair(held);
        });
    }
    Ok(())
}

/// Prints the run in the middle of five, by its number of turns.
fn show(threads: usize, lock: &str, turn: impl Fn() + Sync) {
    let mut contests: Vec<_> =
        (0..5).map(|_| contest(threads, Duration::from_millis(300), &turn)).collect();
    contests.sort_by(|one, other| one.per_second().total_cmp(&other.per_second()));
    let middle = &contests[2];
    println!(
        "| {threads} | {lock} | {:.0} | {:.1?} | {:.2} |",
        middle.per_second(),
        middle.longest_wait,
        middle.jain_index()
    );
}

/// Some microseconds of work for the thread that holds the lock.
fn work<Guard>(_held: &Guard) {
    (0..20_000).for_each(|step: u32| _ = black_box(step));
}
