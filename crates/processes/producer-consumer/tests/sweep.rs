//! A process is killed, or stopped, at each instruction of `put` and of `get`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use processes::{Error, scope};
use producer_consumer::ProcessQueue;
use tests::stepping::{STRIDE, kill_at, stop_at, sweep, traced};

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(20);

/// The deadline of the operations beside a stopped process.
const SHORT: Duration = Duration::from_millis(20);

/// Operations that return after so long have missed their deadlines, even on a busy
/// machine.
const LATE: Duration = Duration::from_secs(2);

type Queue = ProcessQueue<u64>;

/// The life of the child; the part within [`traced`] is swept.
type Operation = fn(&Queue);

/// Longer than a sweep over every instruction takes on a busy machine.
const EVERY: Duration = Duration::from_mins(20);

tests::main! {
    put,
    get,
    #[ignore] put_at_every_instruction => EVERY,
    #[ignore] get_at_every_instruction => EVERY,
}

fn put() {
    sweep_over(2 * STRIDE, puts);
}

fn put_at_every_instruction() {
    sweep_over(1, puts);
}

fn get() {
    sweep_over(STRIDE, gets);
}

fn get_at_every_instruction() {
    sweep_over(1, gets);
}

fn sweep_over(stride: usize, operation: Operation) {
    killed(stride, operation);
    stopped(stride, operation);
}

fn puts(queue: &Queue) {
    traced(|| queue.put(3).unwrap());
}

fn gets(queue: &Queue) {
    traced(|| queue.get().unwrap());
}

/// A killed `put` has put its item or has not; a killed `get` may take its item with
/// it.
fn killed(stride: usize, operation: Operation) {
    let places = sweep(stride, |at| {
        let queue = with_two_items();
        let reached = scope(|family| {
            let child = family.spawn("child", || operation(&queue))?;
            let reached = kill_at(child.pid(), at);
            let _either = child.join()?;
            Ok::<_, Error>(reached)
        });
        queue.put_timeout(4, LONG).unwrap();
        check(&queue, at);
        reached.unwrap()
    });
    println!("killed at {places} places");
}

/// Beside a process that is stopped within an operation, the others' deadlines hold;
/// when it goes on, nothing is lost.
fn stopped(stride: usize, operation: Operation) {
    let places = sweep(stride, |at| {
        let queue = with_two_items();
        let reached = scope(|family| {
            let child = family.spawn("child", || operation(&queue))?;
            let stopped = stop_at(child.pid(), at);
            let begin = Instant::now();
            let put = queue.put_timeout(4, SHORT);
            let took = begin.elapsed();
            assert!(took < LATE, "at {at}: {took:?}");
            let reached = stopped.release();
            assert!(child.join()?.is_ok());
            if put.is_err() {
                queue.put_timeout(4, LONG).unwrap();
            }
            Ok::<_, Error>(reached)
        });
        check(&queue, at);
        reached.unwrap()
    });
    println!("stopped at {places} places");
}

fn with_two_items() -> Queue {
    let queue = Queue::new(8).unwrap();
    (1..=2).for_each(|item| queue.put(item).unwrap());
    queue
}

/// Every item is there once; only 1 may have been got, and only 3 may not have been
/// put, or not before 4.
fn check(queue: &Queue, at: usize) {
    let left: Vec<u64> = queue.drain().map(Result::unwrap).collect();
    let possible: [&[u64]; 4] = [&[1, 2, 3, 4], &[1, 2, 4, 3], &[1, 2, 4], &[2, 4]];
    assert!(possible.contains(&&left[..]), "at {at}: {left:?}");
}
