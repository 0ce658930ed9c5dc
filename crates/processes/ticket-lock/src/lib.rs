//! A fair lock for threads, and a lock between processes that outlives whoever holds it (N2.10, N3.4, N5.11).
//!
//! Four buyers look at one ticket, each finds it there, and all of them buy it: whoever reads, decides and writes must
//! not be interrupted by others who do the same. The notes put a lock around it. Here are two of them, and what they
//! protect.
//!
//! | | |
//! |---|---|
//! | [`TicketLock`] | for threads; whoever comes first is served first |
//! | [`ProcessLock`] | for processes, with its value in shared memory; goes on when its holder is killed |
//! | [`RobustLock`], [`SharedMemory`] | what it is made of, for other mechanisms |
//! | [`ProcessBarrier`] | where processes wait for each other |
//! | [`TicketFile`] | the note's file with the number of tickets, never half-written |
//! | [`contest`] | threads that fight for a lock, and what each of them gets |
//!
//! # What is promised
//! - A [`TicketLock`] is had in the order in which threads have asked for it. Nobody starves, and nobody who waits long
//!   uses a core for it. loom has explored its schedules: one at a time, in order, and no wake-up is lost.
//! - A [`ProcessLock`] whose holder is killed is free at once (the kernel unlocks it), and the next one is told.
//! - A [`TicketFile`] has the old contents or the new ones, whoever is killed when. A missing, empty or malformed one
//!   is an error that names it, and stays as it is.
//!
//! # What order costs
//! Turns of some 10 µs, from `cargo run --release -p ticket-lock --example fairness`, on 2 cores that a dozen other
//! programs wanted too: the run in the middle of five.
//!
//! | threads | lock | turns a second | longest wait | Jain's index |
//! |---|---|---|---|---|
//! | 2 | `TicketLock` | 84,441 | 88.0 ms | 1.00 |
//! | 2 | std | 74,593 | 41.2 ms | 1.00 |
//! | 2 | `parking_lot` | 87,201 | 34.1 ms | 1.00 |
//! | 2 | `parking_lot`, `unlock_fair` | 59,027 | 82.5 ms | 0.99 |
//! | 4 | `TicketLock` | 69,187 | 60.3 ms | 1.00 |
//! | 4 | std | 117,204 | 44.2 ms | 0.87 |
//! | 4 | `parking_lot` | 121,464 | 80.0 ms | 0.88 |
//! | 4 | `parking_lot`, `unlock_fair` | 52,652 | 27.4 ms | 0.93 |
//! | 8 | `TicketLock` | 80,635 | 5.4 ms | 1.00 |
//! | 8 | std | 148,798 | 81.7 ms | 0.95 |
//! | 8 | `parking_lot` | 166,310 | 149.2 ms | 0.91 |
//! | 8 | `parking_lot`, `unlock_fair` | 90,339 | 5.4 ms | 1.00 |
//! | 16 | `TicketLock` | 88,546 | 8.1 ms | 0.98 |
//! | 16 | std | 244,377 | 168.1 ms | 0.73 |
//! | 16 | `parking_lot` | 142,148 | 234.6 ms | 0.57 |
//! | 16 | `parking_lot`, `unlock_fair` | 107,624 | 4.4 ms | 1.00 |
//!
//! So it does not collapse when threads outnumber cores, as a lock that only spins would. But each turn goes to a
//! thread that has to be woken first, where the others mostly give it to one that is awake. With turns of one addition
//! (`cargo xtask bench ticket-lock`) that shows more: 30, 95, 105 and 1,070 ns a turn for 2, 4, 8 and 16 threads, std's
//! 28, 28, 17 and 17 ns.

#[cfg(not(loom))]
mod contest;
#[cfg(not(loom))]
mod memory;
#[cfg(not(loom))]
mod process_barrier;
#[cfg(not(loom))]
mod process_lock;
#[cfg(not(loom))]
mod robust_lock;
#[cfg(not(loom))]
mod ticket_file;

mod cell;
mod futex;
mod now_serving;
mod ticket_lock;

pub use ticket_lock::{TicketGuard, TicketLock};
#[cfg(not(loom))]
pub use {
    contest::{Contest, contest},
    memory::{Shareable, SharedMemory},
    process_barrier::ProcessBarrier,
    process_lock::{Inherited, ProcessGuard, ProcessLock},
    robust_lock::RobustLock,
    ticket_file::{TicketError, TicketFile},
};
