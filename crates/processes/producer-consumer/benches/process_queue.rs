//! Items a second from one producer to one and to three consumers, each in a process of
//! its own (N2.12).
//!
//! An operation is one item of 12 characters, put and got; the figure includes starting
//! and joining the processes. A channel of ipc-channel has one receiver, so for three
//! consumers there are three channels, served in turn: that spares it the contention of
//! one queue for all.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ipc_channel::ipc;
use processes::{Error, Family, SharedMemory};
use producer_consumer::ProcessQueue;

const ITEM: &str = "apple 123456";

fn queues(criterion: &mut Criterion) {
    for consumers in [1, 3] {
        let case = format!("1-to-{consumers}");
        let mut group = criterion.benchmark_group(&case);
        group.throughput(Throughput::Elements(1)).sample_size(10);
        for (side, pass) in [
            ("ProcessQueue", process_queue as fn(u64, u64)),
            ("ipc-channel", ipc_channel),
        ] {
            let bench = format!("{case}/{side}");
            group.bench_function(side, |bencher| {
                bencher.iter_custom(|items| {
                    shared::bench::run(&bench, items, || pass(items, consumers))
                });
            });
        }
    }
}

/// The queue of this crate; closing it ends the consumers.
fn process_queue(items: u64, consumers: u64) {
    let queue = ProcessQueue::<String>::new(0).expect("a queue");
    in_processes(items, |family, got| {
        for _ in 0..consumers {
            family.spawn("consumer", || {
                got.fetch_add(
                    std::iter::from_fn(|| queue.get().ok()).count() as u64,
                    Relaxed,
                );
            })?;
        }
        family.spawn("producer", || {
            (0..items).try_for_each(|_| queue.put(ITEM.to_owned()))?;
            queue.close();
            Ok::<(), producer_consumer::PutError<String>>(())
        })?;
        family.join()
    });
}

/// A channel for each consumer; an empty item ends it.
fn ipc_channel(items: u64, consumers: u64) {
    let (senders, receivers): (Vec<_>, Vec<_>) =
        (0..consumers).map(|_| ipc::channel::<String>().expect("a channel")).unzip();
    in_processes(items, |family, got| {
        for receiver in &receivers {
            family.spawn("consumer", || {
                let items = std::iter::from_fn(|| {
                    receiver.recv().ok().filter(|item| !item.is_empty())
                });
                got.fetch_add(items.count() as u64, Relaxed);
            })?;
        }
        family.spawn("producer", || {
            let mut turns = senders.iter().cycle().take(items as usize);
            turns.try_for_each(|sender| sender.send(ITEM.to_owned()))?;
            senders.iter().try_for_each(|sender| sender.send(String::new()))
        })?;
        family.join()
    });
}

/// Runs a pipeline of processes, and requires that its consumers count as many items as
/// there were.
fn in_processes(
    items: u64,
    work: impl FnOnce(&Family, &AtomicU64) -> Result<(), Error>,
) {
    let got = SharedMemory::new(AtomicU64::new(0), 0).expect("memory");
    processes::scope(|family| work(family, &got)).expect("all processes end well");
    assert_eq!(got.load(Relaxed), items, "every item arrives once");
}

criterion_group!(benches, queues);
criterion_main!(benches);
