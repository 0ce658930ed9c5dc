//! N3.9: a thread of the kernel looks for requests, so a read takes no system call.

use std::cell::Cell;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use io_models::kit::{Work, measured, or_skip};
use io_models::{Calls, Kernel, Ring};
use shared::{Result, claim, say};

/// Longer than the scene: while it looks, the kernel's thread never sleeps.
const IDLE: Duration = Duration::from_mins(1);

pub fn play() -> Result {
    let while_reading = Cell::new(Calls::default());
    let (message, spent, steps) = measured(|kernel, work, source| {
        let ring = or_skip(Ring::polled(kernel, 8, IDLE))?;
        let before = kernel.calls();
        let bytes = finish(ring, work, source)?;
        while_reading.set(kernel.calls() - before);
        Ok(bytes)
    })?;
    say!("read: {}", String::from_utf8_lossy(&message));
    say!("{spent}; steps of useful work: {steps}");
    say!("system calls from the request to the bytes: {}", while_reading.get());

    claim!(
        message == b"hello",
        "the completed read holds the five bytes that were sent"
    );
    claim!(
        while_reading.get().total() == 0,
        "no system call was made from the request to the bytes"
    );
    claim!(
        steps >= 1_000,
        "the thread did at least a thousand steps of useful work while it was read"
    );
    Ok(())
}

/// As [`asynchronous`](super::asynchronous::read), over a ring that is polled.
pub fn read(kernel: &Kernel, work: &Work, source: BorrowedFd<'_>) -> Result<Vec<u8>> {
    finish(or_skip(Ring::polled(kernel, 8, IDLE))?, work, source)
}

fn finish<'fd>(
    mut ring: Ring<'_, 'fd>,
    work: &Work,
    source: BorrowedFd<'fd>,
) -> Result<Vec<u8>> {
    ring.read(source, vec![0; 1024])?;
    // The kernel's thread sees the request by itself; a call would only wake it.
    ring.submit()?;
    loop {
        if let Some(completion) = ring.completed() {
            return Ok(completion.bytes()?);
        }
        work.step();
    }
}
