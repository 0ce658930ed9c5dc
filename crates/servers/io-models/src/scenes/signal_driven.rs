//! N3.9: a signal interrupts the thread's work when something has arrived.

use std::io::{ErrorKind, Write as _};
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd};
use std::os::unix::net::UnixStream;

use io_models::kit::{Work, measured};
use io_models::{Arrivals, Call, Delivery, Kernel};
use shared::{Result, claim, say};

pub fn play() -> Result {
    let (message, spent, steps) = measured(read)?;
    say!("read: {}", String::from_utf8_lossy(&message));
    say!("{spent}; steps of useful work: {steps}");
    claim!(message == b"hello", "the read returned the five bytes that were sent");
    claim!(
        steps >= 1_000 && spent.calls.of(Call::Recv) == 2,
        "a thousand steps of useful work and more were done between two reads"
    );

    // Five messages while the thread holds its signals back.
    let (plain, _) = signals_of_five(Delivery::Plain)?;
    let (queued, named) = signals_of_five(Delivery::Queued)?;
    say!("five messages: SIGIO {plain}, real-time signal {queued}");
    claim!(
        plain == 1,
        "five messages leave one SIGIO: a pending one swallows the rest"
    );
    claim!(queued == 5, "five messages leave five real-time signals: they queue");
    claim!(named, "a real-time signal names the descriptor that it is for");
    Ok(())
}

/// Works until a signal has come, then reads; again if there was nothing.
pub fn read(kernel: &Kernel, work: &Work, source: BorrowedFd<'_>) -> Result<Vec<u8>> {
    let arrivals = Arrivals::of(kernel, source, Delivery::Queued)?;
    let mut buffer = [0; 1024];
    loop {
        let seen = arrivals.count();
        // What has arrived before sends no signal, so it reads first.
        match kernel.try_recv(source, &mut buffer) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            received => return Ok(buffer[..received?].to_vec()),
        }
        while arrivals.count() == seen {
            work.step();
        }
    }
}

/// The signals of five messages, and whether the last one named its source.
fn signals_of_five(delivery: Delivery) -> Result<(u64, bool)> {
    let kernel = Kernel::new();
    let (source, mut peer) = UnixStream::pair()?;
    let arrivals = Arrivals::of(&kernel, source.as_fd(), delivery)?;
    arrivals.held_back(|| (0..5).try_for_each(|_| peer.write_all(b"!")))??;
    Ok((arrivals.count(), arrivals.file() == Some(source.as_raw_fd())))
}
