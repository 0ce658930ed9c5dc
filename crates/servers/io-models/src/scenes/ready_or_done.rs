//! N3.9: readiness says that a read would not wait; completion, that it has been made.

use std::io::{ErrorKind, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;

use io_models::kit::or_skip;
use io_models::{Epoll, Kernel, Ring, Trigger};
use shared::{Result, claim, pace, say};

pub fn play() -> Result {
    let kernel = Kernel::new();
    let (source, mut peer) = UnixStream::pair()?;
    let mut ring = or_skip(Ring::new(&kernel, 8))?;

    // Readiness: two epolls are told of the same five bytes.
    let epolls = [Epoll::new(&kernel)?, Epoll::new(&kernel)?];
    for epoll in &epolls {
        epoll.add(&source, 0, Trigger::Level)?;
    }
    peer.write_all(b"hello")?;
    let told = [epolls[0].wait(None)?.len(), epolls[1].wait(None)?.len()];
    let waiting = kernel.unread(&source)?;
    say!("epoll: ready, {waiting} bytes still in the kernel");
    claim!(waiting == 5, "a source that is ready still has its bytes in the kernel");
    let mut buffer = [0; 1024];
    let first = kernel.try_recv(&source, &mut buffer)?;
    let second = kernel.try_recv(&source, &mut buffer);
    let would_block = second.is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
    let found = if would_block { "none: would block" } else { "some" };
    say!("two are told: the first reads {first} bytes, the second {found}");
    claim!(
        told == [1, 1] && would_block,
        "two watchers are told of the same bytes, and the second read finds nothing"
    );

    // Completion: two reads are under way when five bytes come.
    let reads = [
        ring.read(source.as_fd(), vec![0; 1024])?,
        ring.read(source.as_fd(), vec![0; 1024])?,
    ];
    ring.submit()?;
    peer.write_all(b"hello")?;
    let Some(done) = ring.wait(Some(pace::secs(100.0)))? else {
        anyhow::bail!("no read has completed");
    };
    let waiting = kernel.unread(&source)?;
    let (ticket, bytes) = (done.ticket, done.bytes()?);
    say!("ring: done, {} bytes in the buffer, {waiting} in the kernel", bytes.len());
    claim!(
        bytes == b"hello" && waiting == 0,
        "a read that is done has its bytes in its buffer, and the kernel has none"
    );
    claim!(
        ring.completed().is_none() && ring.under_way() == 1,
        "of two reads one is done, and the other is still under way"
    );

    // The kernel keeps the other buffer until it is told to give up.
    let other = if reads[0] == ticket { reads[1] } else { reads[0] };
    ring.cancel(other)?;
    let cancelled = ring.wait(Some(pace::secs(20.0)))?;
    let error = cancelled.and_then(|it| it.result.err());
    say!("cancelled: {}", error.as_ref().map_or(String::new(), ToString::to_string));
    claim!(
        error.is_some_and(|error| error.raw_os_error() == Some(libc::ECANCELED)),
        "a read that is cancelled completes as well, with an error"
    );
    Ok(())
}
