//! N2.10: four threads want a lock all the time: first come, first served, or not.

use std::sync::Mutex;
use std::thread;

use shared::{Result, claim, say};
use ticket_lock::TicketLock;

use crate::contest::jain_index;
use crate::shares::share_out;

pub fn play() -> Result {
    let served = serve_ten();
    say!("came and were served: {served:?}");
    claim!(served.into_iter().eq(0..10), "ten threads were served as they came");

    let ticket = TicketLock::new(0);
    let shares = share_out(|| Some(ticket.lock()), |_| ticket.waiting());
    show("TicketLock", &shares);
    let std = Mutex::new(0);
    show("std's Mutex", &share_out(|| std.lock().ok(), |coming| coming));
    let other = parking_lot::Mutex::new(0);
    show("parking_lot's Mutex", &share_out(|| Some(other.lock()), |coming| coming));
    claim!(shares == [100; 4], "each of four threads had the ticket lock 100 times");
    Ok(())
}

fn serve_ten() -> Vec<usize> {
    let lock = TicketLock::new(Vec::new());
    thread::scope(|scope| {
        let held = lock.lock();
        for number in 0..10 {
            let lock = &lock;
            scope.spawn(move || lock.lock().push(number));
            // The next one comes when this one has its ticket.
            while lock.waiting() <= number {
                thread::yield_now();
            }
        }
        drop(held);
    });
    lock.into_inner()
}

fn show(name: &str, shares: &[u64]) {
    say!("{name}: {shares:?}, Jain's index {:.2}", jain_index(shares));
}
