//! Slow sources: each sends its message only when the thread that reads has begun to
//! wait for it.

use std::io::{self, Write as _};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::thread;

use shared::{Result, pace, trace};

use super::work::Work;
use crate::{Kernel, Meter, Spent};

/// What the source sends.
pub const MESSAGE: &[u8] = b"hello";

/// Reads from a slow source by `read`, and gives what it read and what this thread has
/// spent on it, beside the steps of useful work that it has done.
///
/// The source is another thread. It sends `hello` after two seconds of the notes, and
/// not before the reader waits: it is asleep, or has done a thousand steps of useful
/// work.
///
/// # Errors
/// Those of `read`, and of the kernel.
pub fn measured<T>(
    read: impl FnOnce(&Kernel, &Work, BorrowedFd<'_>) -> Result<T>,
) -> Result<(T, Spent, u64)> {
    let (kernel, work) = (Kernel::new(), Work::new());
    let (source, mut peer) = UnixStream::pair()?;
    let send = || {
        pace::sleep(2.0);
        work.progress.wait_until_it_waits()?;
        peer.write_all(MESSAGE)
    };
    beside("source", send, &work, || {
        let meter = Meter::begin(&kernel)?;
        let result = read(&kernel, &work, source.as_fd());
        work.rest();
        Ok((result?, meter.end()?, work.steps()))
    })
}

/// Reads from `count` slow sources by `read`, and gives what it returns and what this
/// thread has spent.
///
/// All sources are one other thread. It sends one byte to each, to the last one first,
/// and the next byte only when the reader waits again.
///
/// # Errors
/// Those of `read`, and of the kernel.
pub fn measured_many<T>(
    count: usize,
    read: impl FnOnce(&Kernel, &[UnixStream]) -> Result<T>,
) -> Result<(T, Spent)> {
    let (kernel, work) = (Kernel::new(), Work::new());
    let pairs: Vec<_> =
        (0..count).map(|_| UnixStream::pair()).collect::<Result<_, _>>()?;
    let (sources, mut peers): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
    let send = || {
        peers.iter_mut().rev().try_for_each(|peer| {
            work.progress.wait_until_it_waits()?;
            peer.write_all(b"!")
        })
    };
    beside("sources", send, &work, || {
        let meter = Meter::begin(&kernel)?;
        Ok((read(&kernel, &sources)?, meter.end()?))
    })
}

/// Reads while another thread sends.
fn beside<T>(
    name: &str,
    send: impl FnOnce() -> io::Result<()> + Send,
    work: &Work,
    read: impl FnOnce() -> Result<T>,
) -> Result<T> {
    thread::scope(|scope| {
        let sender = thread::Builder::new().name(name.to_owned());
        let sender = sender.spawn_scoped(scope, || {
            let ended = send();
            drop(trace::span("sends"));
            ended
        })?;
        let result = read();
        // It sends to no reader that has failed.
        work.progress.end();
        let ended =
            sender.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let result = result?;
        ended?;
        Ok(result)
    })
}
