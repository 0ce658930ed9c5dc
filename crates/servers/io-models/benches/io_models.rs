//! A message that is there, read in each way; and a hundred that are there, read by
//! epoll and by one submit.
//!
//! An operation is one message, written by the same thread and read.

use std::hint::black_box;
use std::io::Write as _;
use std::os::fd::{AsFd as _, AsRawFd as _};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use io_models::{AioRead, Arrivals, Delivery, Epoll, Kernel, Ring, Trigger};
use io_uring::{IoUring, opcode, types::Fd};

const MESSAGE: &[u8] = &[7; 64];
const SOURCES: usize = 100;

/// Writes and reads so many messages.
type Pass = fn(u64);

fn models(criterion: &mut Criterion) {
    let one: [(&str, Pass); 8] = [
        ("Ring", ring),
        ("bare io-uring", bare_ring),
        ("polled Ring", polled_ring),
        ("recv", recv),
        ("poll, recv", poll),
        ("epoll, recv", epoll),
        ("signal, recv", signal),
        ("AioRead", aio),
    ];
    compare(criterion, "one message", &one);
    let many: [(&str, Pass); 3] = [
        ("Ring", ring_of_many),
        ("epoll, recv", epoll_of_many),
        ("poll, recv", poll_of_many),
    ];
    compare(criterion, "a hundred sources", &many);
}

fn compare(criterion: &mut Criterion, case: &str, sides: &[(&str, Pass)]) {
    let mut group = criterion.benchmark_group(case);
    group.throughput(Throughput::Elements(1)).sample_size(10);
    for (side, pass) in sides {
        let bench = format!("{case}/{side}");
        // A hundred sources have a message each.
        let run = |messages: u64| {
            let messages = messages.next_multiple_of(SOURCES as u64);
            shared::bench::run(&bench, messages, || pass(messages))
        };
        group.bench_function(*side, |bencher| bencher.iter_custom(run));
    }
}

fn ring(messages: u64) {
    let (source, peer) = pair();
    let kernel = Kernel::new();
    by_ring(messages, Ring::new(&kernel, 8).expect("a ring"), &source, peer);
}

fn polled_ring(messages: u64) {
    let (source, peer) = pair();
    let kernel = Kernel::new();
    let ring = Ring::polled(&kernel, 8, Duration::from_mins(1)).expect("a ring");
    by_ring(messages, ring, &source, peer);
}

fn by_ring<'fd>(
    messages: u64,
    mut ring: Ring<'_, 'fd>,
    source: &'fd UnixStream,
    mut peer: UnixStream,
) {
    let mut buffer = vec![0; 1024];
    for _ in 0..messages {
        peer.write_all(MESSAGE).expect("sent");
        ring.read(source.as_fd(), buffer).expect("room");
        let done = ring.wait(None).expect("a wait").expect("a completion");
        assert_eq!(done.result.expect("a read"), MESSAGE.len());
        buffer = done.buffer;
    }
}

/// The crate below, with its buffer in a place of its own.
#[expect(unsafe_code, reason = "so it has to be used")]
fn bare_ring(messages: u64) {
    let (source, mut peer) = pair();
    let mut ring = IoUring::new(8).expect("a ring");
    let mut buffer = vec![0_u8; 1024];
    let file = Fd(source.as_raw_fd());
    for _ in 0..messages {
        peer.write_all(MESSAGE).expect("sent");
        let read = opcode::Read::new(file, buffer.as_mut_ptr(), 1024).build();
        // SAFETY: the read has completed before the buffer is used or freed.
        unsafe { ring.submission().push(&read).expect("room") };
        ring.submit_and_wait(1).expect("a wait");
        let done = ring.completion().next().expect("a completion");
        assert_eq!(done.result() as usize, MESSAGE.len());
    }
}

fn recv(messages: u64) {
    by_call(messages, |_, _| ());
}

fn poll(messages: u64) {
    by_call(messages, |kernel, source| {
        black_box(kernel.poll(&[source]).expect("ready"));
    });
}

fn epoll(messages: u64) {
    let kernel = Kernel::new();
    let epoll = Epoll::new(&kernel).expect("an epoll");
    let mut is_watched = false;
    by_call(messages, |_, source| {
        if !is_watched {
            epoll.add(source, 0, Trigger::Level).expect("watched");
            is_watched = true;
        }
        black_box(epoll.wait(None).expect("ready"));
    });
}

fn by_call(messages: u64, mut wait: impl FnMut(&Kernel, &UnixStream)) {
    let (source, mut peer) = pair();
    let (kernel, mut buffer) = (Kernel::new(), [0; 1024]);
    for _ in 0..messages {
        peer.write_all(MESSAGE).expect("sent");
        wait(&kernel, &source);
        assert_eq!(kernel.recv(&source, &mut buffer).expect("a read"), MESSAGE.len());
    }
}

fn signal(messages: u64) {
    let (source, mut peer) = pair();
    let (kernel, mut buffer) = (Kernel::new(), [0; 1024]);
    let arrivals = Arrivals::of(&kernel, source.as_fd(), Delivery::Queued);
    let arrivals = arrivals.expect("signals");
    for message in 1..=messages {
        peer.write_all(MESSAGE).expect("sent");
        while arrivals.count() < message {
            std::hint::spin_loop();
        }
        let count = kernel.try_recv(&source, &mut buffer).expect("a read");
        assert_eq!(count, MESSAGE.len());
    }
}

fn aio(messages: u64) {
    let (source, mut peer) = pair();
    let kernel = Kernel::new();
    for _ in 0..messages {
        peer.write_all(MESSAGE).expect("sent");
        let read = AioRead::start(&kernel, source.as_fd(), vec![0; 1024]);
        let bytes = read.expect("started").wait().expect("a read");
        assert_eq!(bytes.len(), MESSAGE.len());
    }
}

fn ring_of_many(messages: u64) {
    let (sources, mut peers): (Vec<_>, Vec<_>) = (0..SOURCES).map(|_| pair()).unzip();
    let kernel = Kernel::new();
    let mut ring = Ring::new(&kernel, 128).expect("a ring");
    let mut buffers = vec![vec![0; 1024]; SOURCES];
    for _ in 0..messages / SOURCES as u64 {
        for peer in &mut peers {
            peer.write_all(MESSAGE).expect("sent");
        }
        for source in &sources {
            let buffer = buffers.pop().expect("a buffer for each");
            ring.read(source.as_fd(), buffer).expect("room");
        }
        while let Some(done) = ring.wait(None).expect("a wait") {
            assert_eq!(done.result.expect("a read"), MESSAGE.len());
            buffers.push(done.buffer);
        }
    }
}

fn epoll_of_many(messages: u64) {
    let kernel = Kernel::new();
    let epoll = Epoll::new(&kernel).expect("an epoll");
    let mut watched = 0;
    by_calls(messages, |sources| {
        for (source, number) in sources.iter().zip(0..).skip(watched) {
            epoll.add(source, number, Trigger::Level).expect("watched");
            watched += 1;
        }
        let ready = epoll.wait(None).expect("ready");
        ready.into_iter().map(|number| number as usize).collect()
    });
}

fn poll_of_many(messages: u64) {
    let kernel = Kernel::new();
    by_calls(messages, |sources| kernel.poll(sources).expect("ready"));
}

fn by_calls(messages: u64, mut wait: impl FnMut(&[UnixStream]) -> Vec<usize>) {
    let (sources, mut peers): (Vec<_>, Vec<_>) = (0..SOURCES).map(|_| pair()).unzip();
    let (kernel, mut buffer) = (Kernel::new(), [0; 1024]);
    for _ in 0..messages / SOURCES as u64 {
        for peer in &mut peers {
            peer.write_all(MESSAGE).expect("sent");
        }
        let mut read = 0;
        while read < SOURCES {
            for ready in wait(&sources) {
                let count = kernel.recv(&sources[ready], &mut buffer).expect("a read");
                assert_eq!(count, MESSAGE.len());
                read += 1;
            }
        }
    }
}

fn pair() -> (UnixStream, UnixStream) {
    UnixStream::pair().expect("a pair")
}

criterion_group!(benches, models);
criterion_main!(benches);
