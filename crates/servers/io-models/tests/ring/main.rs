//! The ring: what completes, what is cancelled, and what a ring that ends leaves alone.
//!
//! The cases are those of liburing's own tests, where they are about reads.

#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashSet;
use std::io::{Read as _, Write as _, pipe};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use io_models::{Call, Error, Kernel, Ring};

mod model;

/// Longer than any wait here takes.
const LONG: Option<Duration> = Some(Duration::from_secs(20));

tests::main! {
    a_read_gives_what_there_is_and_the_end,
    a_read_that_fails_completes_with_its_error,
    one_call_submits_all_reads_that_were_put,
    a_read_too_many_is_refused_with_its_buffer,
    a_wait_ends_when_its_time_is_over_or_nothing_is_under_way,
    a_read_that_is_cancelled_completes_and_takes_nothing,
    a_cancellation_that_comes_too_late_changes_nothing,
    a_ring_that_is_dropped_reads_nothing_more,
    a_ring_dropped_before_the_submit_reads_nothing,
    tickets_of_a_place_that_is_used_again_differ,
    a_polled_ring_reads_without_a_call,
    a_polled_ring_that_has_gone_to_sleep_is_woken_by_one_call,
    no_byte_is_lost_or_out_of_order,
}

/// A ring, or the end of the test as skipped.
pub fn ring(kernel: &Kernel, entries: u32) -> Ring<'_, '_> {
    Ring::new(kernel, entries).unwrap_or_else(|error| skip(&error))
}

fn skip(error: &Error) -> ! {
    tests::skip(&error.to_string(), "run where io_uring is allowed")
}

fn a_read_gives_what_there_is_and_the_end() {
    let kernel = Kernel::new();
    let (source, mut peer) = UnixStream::pair().unwrap();
    let mut ring = ring(&kernel, 4);
    peer.write_all(b"hello").unwrap();
    for expected in [&b"hel"[..], b"lo"] {
        ring.read(source.as_fd(), vec![0; 3]).unwrap();
        assert_eq!(ring.wait(LONG).unwrap().unwrap().bytes().unwrap(), expected);
    }
    drop(peer);
    ring.read(source.as_fd(), vec![0; 3]).unwrap();
    let end = ring.wait(LONG).unwrap().unwrap();
    assert_eq!((end.result.unwrap(), end.buffer), (0, vec![0; 3]));
    assert_eq!(kernel.copied(), 5);
}

fn a_read_that_fails_completes_with_its_error() {
    let kernel = Kernel::new();
    let (_reader, writer) = pipe().unwrap();
    let mut ring = ring(&kernel, 4);
    let ticket = ring.read(writer.as_fd(), vec![7; 3]).unwrap();
    let failed = ring.wait(LONG).unwrap().unwrap();
    assert_eq!((failed.ticket, &failed.buffer[..]), (ticket, &[7; 3][..]));
    assert_eq!(failed.bytes().unwrap_err().raw_os_error(), Some(libc::EBADF));
    assert_eq!(kernel.copied(), 0);
}

fn one_call_submits_all_reads_that_were_put() {
    let kernel = Kernel::new();
    let mut pairs: Vec<_> = (0..64).map(|_| UnixStream::pair().unwrap()).collect();
    for (number, (_, peer)) in (0..).zip(&mut pairs) {
        peer.write_all(&[number]).unwrap();
    }
    let mut ring = ring(&kernel, 64);
    for (source, _) in &pairs {
        ring.read(source.as_fd(), vec![0; 8]).unwrap();
    }
    assert_eq!(ring.under_way(), 64);
    ring.submit().unwrap();
    // What is there already is read by the submit itself.
    let all: Vec<_> = std::iter::from_fn(|| ring.completed()).collect();
    assert_eq!(kernel.calls().of(Call::RingEnter), 1);
    let read: HashSet<_> = all.into_iter().map(|it| it.bytes().unwrap()).collect();
    assert_eq!(read, (0..64).map(|number| vec![number]).collect());
    assert_eq!(ring.under_way(), 0);
}

fn a_read_too_many_is_refused_with_its_buffer() {
    let kernel = Kernel::new();
    let (source, mut peer) = UnixStream::pair().unwrap();
    let mut ring = ring(&kernel, 2);
    for _ in 0..2 {
        ring.read(source.as_fd(), vec![0; 1]).unwrap();
    }
    let refused = ring.read(source.as_fd(), vec![7; 3]).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "2 reads are under way, and there is room for no more"
    );
    assert!(matches!(refused, Error::Full { buffer, .. } if buffer == [7; 3]));
    peer.write_all(b"!").unwrap();
    ring.wait(LONG).unwrap().unwrap();
    ring.read(source.as_fd(), vec![0; 1]).unwrap();
}

fn a_wait_ends_when_its_time_is_over_or_nothing_is_under_way() {
    let kernel = Kernel::new();
    let (source, _peer) = UnixStream::pair().unwrap();
    let mut ring = ring(&kernel, 2);
    assert!(ring.wait(None).unwrap().is_none());
    assert_eq!(kernel.calls().of(Call::RingEnter), 0);

    ring.read(source.as_fd(), vec![0; 1]).unwrap();
    let (time, begin) = (Duration::from_millis(30), Instant::now());
    assert!(ring.wait(Some(time)).unwrap().is_none());
    assert!(begin.elapsed() >= time);
    assert_eq!(ring.under_way(), 1);
}

fn a_read_that_is_cancelled_completes_and_takes_nothing() {
    let kernel = Kernel::new();
    let (source, mut peer) = UnixStream::pair().unwrap();
    let mut ring = ring(&kernel, 2);
    let given_up = ring.read(source.as_fd(), vec![0; 8]).unwrap();
    let kept = ring.read(source.as_fd(), vec![0; 8]).unwrap();
    ring.submit().unwrap();
    ring.cancel(given_up).unwrap();
    let cancelled = ring.wait(LONG).unwrap().unwrap();
    assert_eq!(cancelled.ticket, given_up);
    let error = cancelled.bytes().unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::ECANCELED));

    peer.write_all(b"hello").unwrap();
    let read = ring.wait(LONG).unwrap().unwrap();
    assert_eq!((read.ticket, read.bytes().unwrap()), (kept, b"hello".to_vec()));
}

fn a_cancellation_that_comes_too_late_changes_nothing() {
    let kernel = Kernel::new();
    let (source, mut peer) = UnixStream::pair().unwrap();
    let mut ring = ring(&kernel, 2);
    let first = ring.read(source.as_fd(), vec![0; 8]).unwrap();
    peer.write_all(b"one").unwrap();
    assert_eq!(ring.wait(LONG).unwrap().unwrap().bytes().unwrap(), b"one");
    // The second read has the place of the first, and is not meant.
    ring.read(source.as_fd(), vec![0; 8]).unwrap();
    ring.submit().unwrap();
    ring.cancel(first).unwrap();
    ring.submit().unwrap();
    assert!(ring.completed().is_none());
    peer.write_all(b"two").unwrap();
    assert_eq!(ring.wait(LONG).unwrap().unwrap().bytes().unwrap(), b"two");
}

fn a_ring_that_is_dropped_reads_nothing_more() {
    let kernel = Kernel::new();
    let (source, mut peer) = UnixStream::pair().unwrap();
    let mut ring = ring(&kernel, 8);
    for _ in 0..8 {
        ring.read(source.as_fd(), vec![0; 8]).unwrap();
    }
    ring.submit().unwrap();
    drop(ring);
    peer.write_all(b"hello").unwrap();
    assert_eq!(kernel.unread(&source).unwrap(), 5);
    assert_eq!(kernel.try_recv(&source, &mut [0; 8]).unwrap(), 5);
}

fn a_ring_dropped_before_the_submit_reads_nothing() {
    let kernel = Kernel::new();
    let (source, mut peer) = UnixStream::pair().unwrap();
    let mut ring = ring(&kernel, 8);
    ring.read(source.as_fd(), vec![0; 8]).unwrap();
    drop(ring);
    peer.write_all(b"hello").unwrap();
    assert_eq!(kernel.unread(&source).unwrap(), 5);
}

fn tickets_of_a_place_that_is_used_again_differ() {
    let kernel = Kernel::new();
    let (mut peer, source) = UnixStream::pair().unwrap();
    let mut ring = ring(&kernel, 1);
    let mut tickets = HashSet::new();
    for _ in 0..100 {
        tickets.insert(ring.read(source.as_fd(), vec![0; 1]).unwrap());
        peer.write_all(b"!").unwrap();
        ring.wait(LONG).unwrap().unwrap();
    }
    assert_eq!(tickets.len(), 100);
}

fn a_polled_ring_reads_without_a_call() {
    let kernel = Kernel::new();
    let (source, mut peer) = UnixStream::pair().unwrap();
    let mut ring = Ring::polled(&kernel, 2, Duration::from_mins(1))
        .unwrap_or_else(|error| skip(&error));
    // More of them than the queues have room for.
    for _ in 0..100 {
        ring.read(source.as_fd(), vec![0; 8]).unwrap();
        ring.submit().unwrap();
        peer.write_all(b"hello").unwrap();
        let begin = Instant::now();
        let completion = loop {
            if let Some(completion) = ring.completed() {
                break completion;
            }
            assert!(begin.elapsed() < LONG.unwrap(), "the kernel's thread sleeps");
            std::thread::yield_now();
        };
        assert_eq!(completion.bytes().unwrap(), b"hello");
    }
    // The one call has woken the kernel's thread, before the first read.
    assert_eq!(kernel.calls().to_string(), "io_uring_setup 1, io_uring_enter 1");
}

fn a_polled_ring_that_has_gone_to_sleep_is_woken_by_one_call() {
    let kernel = Kernel::new();
    let (mut source, mut peer) = UnixStream::pair().unwrap();
    let mut ring = Ring::polled(&kernel, 2, Duration::from_millis(1))
        .unwrap_or_else(|error| skip(&error));
    peer.write_all(b"hello").unwrap();
    let begin = Instant::now();
    // Until a submit has found the kernel's thread asleep.
    let awake = kernel.calls().of(Call::RingEnter);
    while kernel.calls().of(Call::RingEnter) == awake {
        std::thread::sleep(Duration::from_millis(20));
        ring.read(source.as_fd(), vec![0; 1]).unwrap();
        ring.submit().unwrap();
        while ring.completed().is_none() {
            assert!(begin.elapsed() < LONG.unwrap(), "the kernel's thread never slept");
            std::thread::yield_now();
        }
        peer.write_all(b"!").unwrap();
    }
    assert_eq!(kernel.calls().of(Call::RingEnter), awake + 1);
    drop(ring);
    peer.shutdown(std::net::Shutdown::Write).unwrap();
    let mut rest = Vec::new();
    source.read_to_end(&mut rest).unwrap();
    assert!(rest.ends_with(b"!"));
}

/// A stream of random steps, against a model of what must have been read.
fn no_byte_is_lost_or_out_of_order() {
    model::check();
}
