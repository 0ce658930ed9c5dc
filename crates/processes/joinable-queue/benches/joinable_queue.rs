//! Tasks a second from one producer to one and to three consumers, each in a process of
//! its own, until the queue is joined (N2.13).
//!
//! An operation is one item of 12 characters, put, got and done; the figure includes
//! starting the processes, joining the queue and ending them.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use joinable_queue::{GetError, JoinableQueue, PutError};

const ITEM: &str = "apple 123456";

fn queues(criterion: &mut Criterion) {
    for consumers in [1, 3] {
        let case = format!("1-to-{consumers}");
        let bench = format!("{case}/JoinableQueue");
        let mut group = criterion.benchmark_group(&case);
        group.throughput(Throughput::Elements(1)).sample_size(10);
        group.bench_function("JoinableQueue", |bencher| {
            bencher.iter_custom(|items| {
                shared::bench::run(&bench, items, || pass(items, consumers))
            });
        });
    }
}

fn pass(items: u64, consumers: u64) {
    let queue = JoinableQueue::<String>::new(0).expect("a queue");
    let ended = processes::scope(|family| {
        for _ in 0..consumers {
            family.spawn("consumer", || consume(&queue))?;
        }
        let producer = family.spawn("producer", || {
            (0..items).try_for_each(|_| queue.put(ITEM.to_owned()))?;
            queue.join();
            queue.close();
            Ok::<(), PutError<String>>(())
        })?;
        producer.join().map(drop)
    });
    ended.expect("all processes end well");
    assert_eq!(queue.unfinished(), 0, "every item is done");
}

fn consume(queue: &JoinableQueue<String>) -> Result<(), GetError> {
    loop {
        match queue.get() {
            Ok(item) => {
                std::hint::black_box(&*item);
                item.done();
            }
            Err(GetError::Closed) => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

criterion_group!(benches, queues);
criterion_main!(benches);
