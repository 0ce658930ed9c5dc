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
