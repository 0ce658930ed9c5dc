//! A fair lock for threads, and locks between processes that survive their holder
//! (N2.10, N3.4, N5.11).
//!
//! Four buyers look at one ticket, each finds it there, and all of them buy it.
//! Reading, deciding and writing must be one step, which no other buyer interrupts, so
//! the notes put a lock around it. Here are such locks, and the file of tickets.
//!
//! | | |
//! |---|---|
//! | [`TicketLock`] | for threads; first come, first served |
//! | [`ProcessLock`] | for processes, with its value; survives the death of its holder |
//! | [`ProcessRLock`] | the same, and its holder may lock it again |
//! | [`RobustLock`] | the lock alone, for other mechanisms in shared memory |
//! | [`TicketFile`] | the note's file with the number of tickets, never half-written |
//!
//! # What is promised
//! - Threads get a [`TicketLock`] in the order in which they have asked for it. No
//!   thread starves, and a thread that waits long sleeps. loom has explored its
//!   schedules: one holder at a time, in order, and no lost wake-up.
//! - A [`ProcessLock`] whose holder is killed is free at once (the kernel unlocks it),
//!   and the next holder is told. A wait for it ends at its deadline, on the monotonic
//!   clock. A thread that holds one cannot start a process, which would have its value
//!   too. The same holds for a [`ProcessRLock`].
//! - A [`TicketFile`] has the old contents or the new ones, even if a process is killed
//!   while it writes. A missing, empty or malformed one is an error that names it, and
//!   stays as it is.
//!
//! # Limits
//! - The locks between processes are for processes of one pid namespace. They lie in
//!   memory that only forked processes share, and the kernel and the C library know the
//!   holder by its thread id, which is a different number in another namespace. There,
//!   a waiter may be taken for the holder, and a holder's death may go unnoticed.
//! - Processes get a [`ProcessLock`] in no particular order.
//! - There is no semaphore and no condition between processes. Python's lose the permit
//!   or the notification that a killed process had; to survive that, each would have to
//!   record the holder of every permit, as the queue of `joinable-queue` does.
//!
//! # What order costs
//! Turns of some 10 µs, from `cargo run --release -p ticket-lock -- turns`,
//! on a quiet machine with two cores of an AMD EPYC (Zen 5), 2026-11-21.
//!
//! | threads | lock | turns a second | longest wait | Jain's index |
//! |---|---|---|---|---|
//! | 2 | `TicketLock` | 35,347 | 0.5 ms | 1.00 |
//! | 2 | std | 175,854 | 7.0 ms | 0.98 |
//! | 2 | `parking_lot` | 169,157 | 1.1 ms | 1.00 |
//! | 2 | `parking_lot`, `unlock_fair` | 35,553 | 3.8 ms | 1.00 |
//! | 4 | `TicketLock` | 65,218 | 3.7 ms | 1.00 |
//! | 4 | std | 194,599 | 30.9 ms | 0.97 |
//! | 4 | `parking_lot` | 159,189 | 2.0 ms | 1.00 |
//! | 4 | `parking_lot`, `unlock_fair` | 54,060 | 1.0 ms | 1.00 |
//! | 8 | `TicketLock` | 52,197 | 0.4 ms | 1.00 |
//! | 8 | std | 205,093 | 72.8 ms | 0.88 |
//! | 8 | `parking_lot` | 129,977 | 1.3 ms | 1.00 |
//! | 8 | `parking_lot`, `unlock_fair` | 57,350 | 1.1 ms | 1.00 |
//! | 16 | `TicketLock` | 44,447 | 1.4 ms | 1.00 |
//! | 16 | std | 205,142 | 95.9 ms | 0.84 |
//! | 16 | `parking_lot` | 124,145 | 3.2 ms | 1.00 |
//! | 16 | `parking_lot`, `unlock_fair` | 58,962 | 8.9 ms | 1.00 |
//!
//! It does not collapse when threads outnumber cores, as a lock that only spins would,
//! and the longest wait is short. But each turn goes to a thread that has to be woken
//! first, where the other locks mostly give it to one that is awake. That shows more
//! with turns of one addition (`cargo xtask bench ticket-lock`): 77 ns, 293 ns, 2.0 µs
//! and 5.3 µs a turn for 2, 4, 8 and 16 threads; with `parking_lot`'s `unlock_fair` 25
//! ns, 46 ns, 1.2 µs and 2.9 µs; with std's lock, which keeps no order, 30 ns for any
//! number.

#[cfg(not(loom))]
mod inherited;
#[cfg(not(loom))]
mod locked;
#[cfg(not(loom))]
mod process_lock;
#[cfg(not(loom))]
mod process_rlock;
#[cfg(not(loom))]
mod robust_lock;
#[cfg(not(loom))]
mod ticket_file;

mod cell;
mod now_serving;
mod ticket_lock;

pub use ticket_lock::{TicketGuard, TicketLock};
#[cfg(not(loom))]
pub use {
    inherited::{Inherited, TryLockError},
    process_lock::{ProcessGuard, ProcessLock},
    process_rlock::{ProcessRLock, ProcessRLockGuard},
    robust_lock::RobustLock,
    ticket_file::{TicketError, TicketFile},
};

// Any thread may use a lock and carry an error; a guard is bound to its thread.
#[cfg(not(loom))]
const _: () = {
    const fn is_send_and_sync<T: Send + Sync>() {}
    const fn is_sync<T: Sync>() {}
    is_send_and_sync::<(TicketLock<u8>, ProcessLock<u8>, ProcessRLock<u8>)>();
    is_send_and_sync::<(RobustLock, TicketFile, TicketError)>();
    is_send_and_sync::<(Inherited<()>, TryLockError<()>)>();
    is_sync::<TicketGuard<'_, u8>>();
};
