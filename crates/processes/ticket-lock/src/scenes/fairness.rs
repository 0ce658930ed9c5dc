//! N2.10: who gets the lock, and after how long: first come, first served, or not.

use std::hint::black_box;
use std::sync::{Mutex, PoisonError};

use shared::{Result, claim, pace, say};
use ticket_lock::TicketLock;

use crate::contest::{Contest, contest};

const THREADS: usize = 4;

pub fn play() -> Result {
    let served = in_which_order_are_they_served();
    say!("came and were served: {served:?}");
    claim!(
        served.is_sorted() && served.len() == 10,
        "ten threads were served in the order in which they came"
    );

    let ticket = TicketLock::new(());
    let fair = show("TicketLock", || work(ticket.lock()));
    let std = Mutex::new(());
    show("std's Mutex", || work(std.lock().unwrap_or_else(PoisonError::into_inner)));
    let parking_lot = parking_lot::Mutex::new(());
    show("parking_lot's Mutex", || work(parking_lot.lock()));

    let index = fair.jain_index();
    claim!(
        index > 0.9,
        "{THREADS} threads share the ticket lock evenly: Jain's index is {index:.2}"
    );
    Ok(())
}

fn in_which_order_are_they_served() -> Vec<usize> {
    let lock = TicketLock::new(Vec::new());
    std::thread::scope(|scope| {
        let held = lock.lock();
        for thread in 0..10 {
            let lock = &lock;
            scope.spawn(move || lock.lock().push(thread));
            // The next one comes when this one has its ticket.
            while lock.waiting() <= thread {
                std::thread::yield_now();
            }
        }
        drop(held);
    });
    lock.into_inner()
}

/// All threads want the lock all the time; tells what each has got of it.
fn show(name: &str, turn: impl Fn() + Sync) -> Contest {
    let contest = contest(THREADS, pace::secs(2.0), turn);
    let (index, longest) = (contest.jain_index(), contest.longest_wait);
    say!(
        "{name}: {:?}, Jain's index {index:.2}, longest wait {longest:.1?}",
        contest.grants
    );
    contest
}

/// Something to do for whoever holds the lock, which takes it longer than the others
/// look for their number.
fn work<Guard>(_held: Guard) {
    (0..200_000).for_each(|step: u32| _ = black_box(step));
}
