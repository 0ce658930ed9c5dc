//! N3.9: a non-blocking read fails at once, so the thread asks again and again.

use std::io::ErrorKind;
use std::os::fd::BorrowedFd;

use io_models::kit::{Work, measured};
use io_models::{Call, Kernel};
use shared::{Result, claim, say};

pub fn play() -> Result {
    let (message, spent, steps) = measured(read)?;
    let reads = spent.calls.of(Call::Recv);
    say!("read: {}", String::from_utf8_lossy(&message));
    say!("{spent}; steps of useful work: {steps}");

    claim!(message == b"hello", "the last read returned the five bytes that were sent");
    claim!(
        steps >= 1_000,
        "the thread did at least a thousand steps of useful work before the bytes came"
    );
    claim!(
        reads == steps + 1,
        "each step of useful work cost a system call that found nothing"
    );
    Ok(())
}

/// A read that never sleeps, with a step of work after each that has found nothing.
pub fn read(kernel: &Kernel, work: &Work, source: BorrowedFd<'_>) -> Result<Vec<u8>> {
    let mut buffer = [0; 1024];
    loop {
        match kernel.try_recv(source, &mut buffer) {
            Ok(count) => return Ok(buffer[..count].to_vec()),
            // Python's BlockingIOError: not yet.
            Err(error) if error.kind() == ErrorKind::WouldBlock => work.step(),
            Err(error) => return Err(error.into()),
        }
    }
}
