//! N3.9: one thread waits for a hundred sources at once, by select, poll or epoll.

use std::collections::BTreeSet;
use std::os::unix::net::UnixStream;

use io_models::kit::measured_many;
use io_models::{Epoll, Kernel, Spent, Trigger};
use shared::{Result, claim, say};

const SOURCES: usize = 100;

pub fn play() -> Result {
    let select = told("select", |kernel, sources| {
        until_all_are_read(kernel, sources, || Ok(kernel.select(sources)?))
    })?;
    let poll = told("poll", |kernel, sources| {
        until_all_are_read(kernel, sources, || Ok(kernel.poll(sources)?))
    })?;
    let epoll = told("epoll", |kernel, sources| {
        let epoll = Epoll::new(kernel)?;
        for (source, number) in sources.iter().zip(0..) {
            epoll.add(source, number, Trigger::Level)?;
        }
        let wait = || Ok(epoll.wait(None)?.iter().map(|&it| it as usize).collect());
        until_all_are_read(kernel, sources, wait)
    })?;

    claim!(
        select.watched > 10 * epoll.watched && poll.watched > 10 * epoll.watched,
        "select and poll hand over more than ten times as many descriptors as epoll"
    );
    claim!(
        epoll.watched == SOURCES as u64,
        "epoll hands over each descriptor once, however often it waits"
    );
    Ok(())
}

/// Waits for the sources and reads from those that are ready, until each has been read.
fn until_all_are_read(
    kernel: &Kernel,
    sources: &[UnixStream],
    wait: impl Fn() -> Result<Vec<usize>>,
) -> Result<BTreeSet<usize>> {
    let mut read = BTreeSet::new();
    while read.len() < sources.len() {
        for ready in wait()? {
            // It does not sleep: there is something to read.
            kernel.recv(&sources[ready], &mut [0; 1024])?;
            read.insert(ready);
        }
    }
    Ok(read)
}

fn told(
    name: &str,
    read: impl Fn(&Kernel, &[UnixStream]) -> Result<BTreeSet<usize>>,
) -> Result<Spent> {
    let (read, spent) = measured_many(SOURCES, read)?;
    say!("{name}: {} descriptors handed over; {}", spent.watched, spent.calls);
    claim!(
        read.len() == SOURCES && spent.voluntary >= SOURCES as u64 / 2,
        "one thread slept and read from {SOURCES} sources by {name}"
    );
    Ok(spent)
}
