//! N3.9: one call starts a read by `io_uring`, and the bytes are there at its end.

use std::os::fd::BorrowedFd;

use io_models::kit::{Work, measured, or_skip};
use io_models::{Call, Kernel, Ring};
use shared::{Result, claim, say};

pub fn play() -> Result {
    let (message, spent, steps) = measured(read)?;
    say!("read: {}", String::from_utf8_lossy(&message));
    say!("{spent}; steps of useful work: {steps}");

    claim!(
        message == b"hello",
        "the completed read holds the five bytes that were sent"
    );
    claim!(
        spent.calls.of(Call::RingEnter) == 1 && spent.calls.of(Call::Recv) == 0,
        "one system call started the read, and none was needed to finish it"
    );
    claim!(
        steps >= 1_000,
        "the thread did at least a thousand steps of useful work while it was read"
    );
    Ok(())
}

/// Gives the kernel a buffer to read into, and works until it is given back.
pub fn read(kernel: &Kernel, work: &Work, source: BorrowedFd<'_>) -> Result<Vec<u8>> {
    let mut ring = or_skip(Ring::new(kernel, 8))?;
    ring.read(source, vec![0; 1024])?;
    ring.submit()?;
    loop {
        // A look into memory that the kernel shares with the process.
        if let Some(completion) = ring.completed() {
            return Ok(completion.bytes()?);
        }
        work.step();
    }
}
