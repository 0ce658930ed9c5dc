//! The models by their names, for the table and for the counts by hand.

use std::os::fd::BorrowedFd;

use io_models::kit::Work;
use io_models::{Epoll, Kernel, Trigger};
use shared::Result;

use crate::scenes::{asynchronous, blocking, non_blocking, posix_aio};
use crate::scenes::{polled_ring, signal_driven};

/// Reads one message from a slow source.
pub type Read = fn(&Kernel, &Work, BorrowedFd<'_>) -> Result<Vec<u8>>;

/// Each model, as its scene has it.
pub const MODELS: [(&str, Read); 9] = [
    ("blocking", blocking::read),
    ("non-blocking", non_blocking::read),
    ("select", by_select),
    ("poll", by_poll),
    ("epoll", by_epoll),
    ("signal-driven", signal_driven::read),
    ("posix-aio", posix_aio::read),
    ("asynchronous", asynchronous::read),
    ("polled-ring", polled_ring::read),
];

fn by_select(kernel: &Kernel, work: &Work, source: BorrowedFd<'_>) -> Result<Vec<u8>> {
    kernel.select(&[source])?;
    blocking::read(kernel, work, source)
}

fn by_poll(kernel: &Kernel, work: &Work, source: BorrowedFd<'_>) -> Result<Vec<u8>> {
    kernel.poll(&[source])?;
    blocking::read(kernel, work, source)
}

fn by_epoll(kernel: &Kernel, work: &Work, source: BorrowedFd<'_>) -> Result<Vec<u8>> {
    let epoll = Epoll::new(kernel)?;
    epoll.add(source, 0, Trigger::Level)?;
    epoll.wait(None)?;
    blocking::read(kernel, work, source)
}
