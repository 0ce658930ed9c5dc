//! N3.9: a blocking read sleeps in the kernel until the bytes have come.

use std::os::fd::BorrowedFd;

use io_models::kit::{Work, measured};
use io_models::{Call, Kernel};
use shared::{Result, claim, say};

pub fn play() -> Result {
    let (message, spent, steps) = measured(read)?;
    say!("read: {}", String::from_utf8_lossy(&message));
    say!("{spent}; steps of useful work: {steps}");

    claim!(message == b"hello", "the read returned the five bytes that were sent");
    claim!(
        (spent.calls.of(Call::Recv), spent.calls.total()) == (1, 1),
        "the read took one system call, made before there was anything to read"
    );
    claim!(
        spent.voluntary >= 1,
        "the thread that waits gives up its core by itself at least once"
    );
    claim!(
        spent.cpu < spent.time / 20,
        "the thread that waits uses CPU time for less than a twentieth of the wait"
    );
    Ok(())
}

/// `recv` on a blocking socket: it returns when there is something to return.
pub fn read(kernel: &Kernel, _work: &Work, source: BorrowedFd<'_>) -> Result<Vec<u8>> {
    let mut buffer = [0; 1024];
    let count = kernel.recv(source, &mut buffer)?;
    Ok(buffer[..count].to_vec())
}
