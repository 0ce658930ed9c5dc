//! N3.9: POSIX AIO looks asynchronous, but a thread of glibc's sleeps in the read.

use std::cell::Cell;
use std::os::fd::BorrowedFd;

use io_models::kit::{Work, measured};
use io_models::{AioRead, Kernel};
use shared::{Result, claim, say};
use socket_server::kit::threads;

pub fn play() -> Result {
    let more = Cell::new(0);
    let (message, spent, steps) = measured(|kernel, work, source| {
        let before = threads("")?;
        let read = AioRead::start(kernel, source, vec![0; 1024])?;
        more.set(threads("")? - before);
        finish(work, read)
    })?;
    say!("read: {}", String::from_utf8_lossy(&message));
    say!("{spent}; steps of useful work: {steps}");
    say!("threads for one read: {}", more.get());

    claim!(message == b"hello", "the read returned the five bytes that were sent");
    claim!(
        steps >= 1_000,
        "the caller did at least a thousand steps of useful work while it was read"
    );
    claim!(spent.calls.total() == 0, "the caller made no system call of those counted");
    claim!(more.get() == 1, "one read under way takes one more thread of the process");
    Ok(())
}

/// `aio_read`, and a look now and then whether it has ended.
pub fn read(kernel: &Kernel, work: &Work, source: BorrowedFd<'_>) -> Result<Vec<u8>> {
    finish(work, AioRead::start(kernel, source, vec![0; 1024])?)
}

fn finish(work: &Work, read: AioRead<'_, '_>) -> Result<Vec<u8>> {
    while !read.is_done() {
        work.step();
    }
    Ok(read.wait()?)
}
