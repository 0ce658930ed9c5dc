//! Items a second through a queue of at most 100, from one producer to one consumer and
//! from four to four, spread over the cores and on one core.
//!
//! An operation is one item, a number, put and got; the figure includes starting and
//! joining the threads.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, mpsc};
use std::thread;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;
use thread_queues::{BlockingQueue, Fifo, Lifo, SmallestFirst, Storage};

const BOUND: usize = 100;

/// Passes so many items from so many producers to as many consumers.
type Pass = fn(u64, u64);

fn queues(criterion: &mut Criterion) {
    // crossfire asks for it, where the threads may have to share a core.
    crossfire::detect_backoff_cfg();
    let sides: [(&str, Pass); 7] = [
        ("Queue", ours::<Fifo<u64>>),
        ("sync_channel", sync_channel),
        ("crossbeam", crossbeam_channel),
        ("crossfire", crossfire_channel),
        ("flume", flume_channel),
        ("LifoQueue", ours::<Lifo<u64>>),
        ("PriorityQueue", ours::<SmallestFirst<u64>>),
    ];
    for (threads, on_one_core) in [(1, false), (4, false), (1, true), (4, true)] {
        let place = if on_one_core { ", one core" } else { "" };
        let case = format!("{threads} to {threads}{place}");
        let mut group = criterion.benchmark_group(&case);
        group.throughput(Throughput::Elements(1)).sample_size(10);
        for (side, pass) in sides {
            let bench = format!("{case}/{side}");
            let run = |items| {
                shared::bench::run(&bench, items, || {
                    place_and_run(on_one_core, || pass(items, threads));
                })
            };
            group.bench_function(side, |bencher| bencher.iter_custom(run));
        }
    }
}

/// Does the work in a thread of its own, whose threads all run where it runs.
fn place_and_run(on_one_core: bool, work: impl FnOnce() + Send) {
    let place = || {
        if on_one_core {
            stay_on_one_core().expect("a core to stay on");
        }
        work();
    };
    thread::scope(|scope| {
        scope.spawn(place);
    });
}

/// Keeps this thread, and those that it will start, on the first core that it may use.
fn stay_on_one_core() -> nix::Result<()> {
    let this = Pid::from_raw(0);
    let may_use = sched_getaffinity(this)?;
    let mut one = CpuSet::new();
    let first = (0..CpuSet::count()).find(|&core| may_use.is_set(core) == Ok(true));
    one.set(first.expect("a core"))?;
    sched_setaffinity(this, &one)
}

/// The queue of this crate; shutting it down ends the consumers.
fn ours<S: Storage<Item = u64> + Send>(items: u64, threads: u64) {
    let queue = BlockingQueue::<S>::new(BOUND);
    in_threads(
        items,
        threads,
        |share| share.for_each(|item| queue.put(item).expect("not shut down")),
        || std::iter::from_fn(|| queue.get().ok()).count() as u64,
        || drop(queue.shutdown(false)),
    );
}

/// std's channel has one receiver; a mutex lets several threads use it.
fn sync_channel(items: u64, threads: u64) {
    let (sender, receiver) = mpsc::sync_channel(BOUND);
    let receiver = Mutex::new(receiver);
    let sender = Mutex::new(Some(sender));
    let new_sender = || sender.lock().expect("no panic").clone().expect("open");
    in_threads(
        items,
        threads,
        |mut share| {
            let sender = new_sender();
            share.try_for_each(|item| sender.send(item)).expect("not closed");
        },
        || {
            if threads == 1 {
                receiver.lock().expect("no panic").iter().count() as u64
            } else {
                let next = || receiver.lock().expect("no panic").recv().ok();
                std::iter::from_fn(next).count() as u64
            }
        },
        || drop(sender.lock().expect("no panic").take()),
    );
}

/// A channel whose ends can be cloned, of the crate `$name`.
macro_rules! channel {
    ($name:ident, $bounded:expr) => {
        fn $name(items: u64, threads: u64) {
            let (sender, receiver) = $bounded(BOUND);
            let sender = Mutex::new(Some(sender));
            let new_sender = || sender.lock().expect("no panic").clone().expect("open");
            in_threads(
                items,
                threads,
                |mut share| {
                    let sender = new_sender();
                    share.try_for_each(|item| sender.send(item)).expect("not closed");
                },
                || {
                    let receiver = receiver.clone();
                    std::iter::from_fn(|| receiver.recv().ok()).count() as u64
                },
                || drop(sender.lock().expect("no panic").take()),
            );
        }
    };
}

channel!(crossbeam_channel, crossbeam::channel::bounded);
channel!(crossfire_channel, crossfire::mpmc::bounded_blocking);
channel!(flume_channel, flume::bounded);

/// Runs the producers, each with its share of the items, and the consumers; requires
/// that the consumers count as many items as there were.
fn in_threads(
    items: u64,
    threads: u64,
    produce: impl Fn(std::iter::StepBy<std::ops::Range<u64>>) + Sync,
    consume: impl Fn() -> u64 + Sync,
    close: impl FnOnce(),
) {
    let got = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| got.fetch_add(consume(), Relaxed));
        }
        thread::scope(|producers| {
            for first in 0..threads {
                let produce = &produce;
                producers.spawn(move || {
                    produce((first..items).step_by(threads as usize));
                });
            }
        });
        close();
    });
    assert_eq!(got.load(Relaxed), items, "every item arrives once");
}

criterion_group!(benches, queues);
criterion_main!(benches);
