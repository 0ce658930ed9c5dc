//! Round trips of one message between two processes, at four sizes (N3.2).
//!
//! The case names the size; an operation is a message there and the same back. Sides: a
//! [`Connection`] that carries texts (`send`, `recv`), the same that carries bytes as
//! they are (`send_bytes`, `recv_bytes_into`), the same that carries a `Vec<u8>`, which
//! serde takes element by element, and `serde_bytes`' `ByteBuf`, which it takes in one
//! piece, a text and bytes through two channels of ipc-channel, and a bare socketpair
//! with a buffer of the right size at each end, which neither encodes, nor allocates,
//! nor tells one message from the next. Only the round trips are timed, not the start
//! of the process.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ipc_channel::ipc;
use ipc_pipe::pipe;
use processes::held::HandOver;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_bytes::ByteBuf;
use shared::bench::{Measured, cpu_time, record};

const SIZES: [(&str, usize); 4] =
    [("64-B", 64), ("4-KiB", 4 << 10), ("1-MiB", 1 << 20), ("8-MiB", 8 << 20)];

/// So many round trips go before those that are timed: memory that is used for the
/// first time costs a page fault every 4 KiB.
const WARM: u64 = 2;

/// Does so many round trips of so many bytes, and gives the time that they took.
type Side = fn(trips: u64, size: usize) -> Duration;

const SIDES: [(&str, Side); 7] = [
    ("Connection", texts),
    ("Connection-bytes", bytes),
    ("Connection-Vec", |trips, size| values(trips, &vec![b'x'; size])),
    ("Connection-ByteBuf", |trips, size| {
        values(trips, &ByteBuf::from(vec![b'x'; size]))
    }),
    ("ipc-channel", ipc_channel_texts),
    ("ipc-channel-bytes", ipc_channel_bytes),
    ("socketpair", bare_socketpair),
];

fn round_trips(criterion: &mut Criterion) {
    for (case, size) in SIZES {
        let mut group = criterion.benchmark_group(case);
        group.throughput(Throughput::Bytes(2 * size as u64)).sample_size(10);
        for (side, run) in SIDES {
            group.bench_function(side, |bencher| {
                bencher.iter_custom(|trips| {
                    let before = cpu_time();
                    let time = run(trips, size);
                    record(&Measured {
                        bench: format!("{case}/{side}"),
                        ops: trips,
                        seconds: time.as_secs_f64(),
                        cpu_seconds: cpu_time().saturating_sub(before).as_secs_f64(),
                    });
                    time
                });
            });
        }
    }
}

fn texts(trips: u64, size: usize) -> Duration {
    values(trips, &"x".repeat(size))
}

fn values<T>(trips: u64, value: &T) -> Duration
where
    T: Serialize + DeserializeOwned + Clone + Default + PartialEq,
{
    let (mut here, there) = pipe::<T>().expect("a pipe");
    let mut sent = value.clone();
    between(
        there,
        |mut there| {
            while let Ok(value) = there.recv() {
                there.send(value).expect("an answer");
            }
        },
        || {
            let time = timed(trips, || {
                here.send(std::mem::take(&mut sent)).expect("a question");
                sent = here.recv().expect("an answer");
            });
            assert!(sent == *value);
            drop(here);
            time
        },
    )
}

fn bytes(trips: u64, size: usize) -> Duration {
    let (mut here, there) = pipe::<()>().expect("a pipe");
    let mut text = vec![b'x'; size];
    between(
        there,
        |mut there| {
            let mut text = Vec::new();
            while there.recv_bytes_into(&mut text).is_ok() {
                there.send_bytes(&text).expect("an answer");
            }
        },
        || {
            let time = timed(trips, || {
                here.send_bytes(&text).expect("a question");
                here.recv_bytes_into(&mut text).expect("an answer");
            });
            assert_eq!(text.len(), size);
            drop(here);
            time
        },
    )
}

fn ipc_channel_texts(trips: u64, size: usize) -> Duration {
    let (to, from_here) = ipc::channel::<String>().expect("a channel");
    let (to_here, from) = ipc::channel::<String>().expect("a channel");
    let mut text = "x".repeat(size);
    between(
        (),
        move |()| {
            for _ in 0..WARM + trips {
                to_here.send(from_here.recv().expect("a question")).expect("an answer");
            }
        },
        || {
            let time = timed(trips, || {
                to.send(std::mem::take(&mut text)).expect("a question");
                text = from.recv().expect("an answer");
            });
            assert_eq!(text.len(), size);
            time
        },
    )
}

fn ipc_channel_bytes(trips: u64, size: usize) -> Duration {
    let (to, from_here) = ipc::bytes_channel().expect("a channel");
    let (to_here, from) = ipc::bytes_channel().expect("a channel");
    let text = vec![b'x'; size];
    between(
        (),
        move |()| {
            for _ in 0..WARM + trips {
                to_here
                    .send(&from_here.recv().expect("a question"))
                    .expect("an answer");
            }
        },
        || {
            timed(trips, || {
                to.send(&text).expect("a question");
                assert_eq!(from.recv().expect("an answer").len(), size);
            })
        },
    )
}

fn bare_socketpair(trips: u64, size: usize) -> Duration {
    let (mut here, mut there) = UnixStream::pair().expect("a pair");
    let mut text = vec![b'x'; size];
    between(
        (),
        move |()| {
            let mut text = vec![0; size];
            for _ in 0..WARM + trips {
                there.read_exact(&mut text).expect("a question");
                there.write_all(&text).expect("an answer");
            }
        },
        || {
            timed(trips, || {
                here.write_all(&text).expect("a question");
                here.read_exact(&mut text).expect("an answer");
            })
        },
    )
}

/// Runs `answer` in a process of its own, with `given`, and `ask` here, and gives what
/// `ask` gives once both are done.
fn between<V: HandOver>(
    given: V,
    answer: impl FnOnce(V),
    ask: impl FnOnce() -> Duration,
) -> Duration {
    processes::scope(|family| {
        family.spawn_with("answers", given, answer)?;
        let time = ask();
        family.join()?;
        Ok::<_, processes::Error>(time)
    })
    .expect("both processes end well")
}

fn timed(trips: u64, mut trip: impl FnMut()) -> Duration {
    (0..WARM).for_each(|_| trip());
    let begin = Instant::now();
    (0..trips).for_each(|_| trip());
    begin.elapsed()
}

criterion_group!(benches, round_trips);
criterion_main!(benches);
