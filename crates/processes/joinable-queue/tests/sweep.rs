//! A process is killed, or stopped, at each instruction of `put`, `get`, `done` and of
//! a task's drop.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use joinable_queue::JoinableQueue;
use processes::{Error, scope};
use tests::stepping::{STRIDE, kill_at, stop_at, sweep, traced};

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(20);

/// The deadline of the operations beside a stopped process.
const SHORT: Duration = Duration::from_millis(20);

/// Operations that return after so long have missed their deadlines, even on a busy
/// machine.
const LATE: Duration = Duration::from_secs(2);

type Queue = JoinableQueue<u64>;

/// The life of the child; the part within [`traced`] is swept.
type Operation = fn(&Queue);

/// Longer than a sweep over every instruction takes on a busy machine.
const EVERY: Duration = Duration::from_mins(20);

tests::main! {
    put,
    get,
    done,
    drop_of_a_task,
    #[ignore] put_at_every_instruction => EVERY,
    #[ignore] get_at_every_instruction => EVERY,
    #[ignore] done_at_every_instruction => EVERY,
    #[ignore] drop_of_a_task_at_every_instruction => EVERY,
}

fn put() {
    sweep_over([STRIDE, 4 * STRIDE], puts);
}

fn put_at_every_instruction() {
    sweep_over([1, 1], puts);
}

fn get() {
    sweep_over([STRIDE, 4 * STRIDE], gets);
}

fn get_at_every_instruction() {
    sweep_over([1, 1], gets);
}

fn done() {
    sweep_over([7, 21], is_done);
}

fn done_at_every_instruction() {
    sweep_over([1, 1], is_done);
}

fn drop_of_a_task() {
    sweep_over([7, 21], drops);
}

fn drop_of_a_task_at_every_instruction() {
    sweep_over([1, 1], drops);
}

/// Kills at every so many instructions, and stops at every so many, which takes longer.
fn sweep_over([kill, stop]: [usize; 2], operation: Operation) {
    killed(kill, operation);
    stopped(stop, operation);
}

fn puts(queue: &Queue) {
    traced(|| queue.put(3).unwrap());
}

fn gets(queue: &Queue) {
    traced(|| queue.get().unwrap()).done();
}

fn is_done(queue: &Queue) {
    let task = queue.get().unwrap();
    traced(|| task.done());
}

fn drops(queue: &Queue) {
    let task = queue.get().unwrap();
    traced(|| drop(task));
}

/// A killed process has put its item or has not; the task that it held is done or comes
/// again.
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
/// when it goes on, every task is done once.
fn stopped(stride: usize, operation: Operation) {
    let places = sweep(stride, |at| {
        let queue = with_two_items();
        let reached = scope(|family| {
            let child = family.spawn("child", || operation(&queue))?;
            let stopped = stop_at(child.pid(), at);
            let begin = Instant::now();
            let put = queue.put_timeout(4, SHORT);
            if let Ok(task) = queue.get_timeout(SHORT) {
                drop(task);
            }
            assert!(!queue.join_timeout(SHORT), "at {at}: two tasks are not done");
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

/// What is left is 4, at most one of 1 and 2 less, and 3 if it was put; each comes
/// once, and then nothing is unfinished.
fn check(queue: &Queue, at: usize) {
    let mut left = Vec::new();
    while queue.unfinished() > 0 {
        let task = queue.get_timeout(LONG).unwrap_or_else(|error| {
            panic!("at {at}: {} unfinished: {error}", queue.unfinished())
        });
        left.push(*task);
        task.done();
    }
    assert!(queue.join_timeout(LONG), "at {at}: all is done");
    left.sort_unstable();
    let without_3: Vec<u64> = left.iter().copied().filter(|&it| it != 3).collect();
    let possible: [&[u64]; 3] = [&[1, 2, 4], &[1, 4], &[2, 4]];
    assert!(possible.contains(&&without_3[..]), "at {at}: {left:?}");
}
