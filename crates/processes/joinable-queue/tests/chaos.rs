//! Consumers killed by SIGKILL one after the other while tasks run through
//! them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    clippy::large_stack_arrays,
    reason = "the main thread has room for it, and it is made once"
)]

use std::hint::black_box;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::time::Duration;

use joinable_queue::{GetError, JoinableQueue};
use processes::{Error, Exit, SIGKILL, SharedMemory, scope};

const TASKS: usize = 10_000;
const CONSUMERS: usize = 4;
/// How often one of them is killed.
const EVERY: Duration = Duration::from_millis(20);
/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_mins(2);

tests::main! {
    every_task_of_a_bounded_queue_is_done => Duration::from_mins(4),
    every_task_of_an_unbounded_queue_is_done => Duration::from_mins(4),
}

fn every_task_of_a_bounded_queue_is_done() -> Result<(), Error> {
    every_task_is_done(1000)
}

fn every_task_of_an_unbounded_queue_is_done() -> Result<(), Error> {
    every_task_is_done(0)
}

/// What has happened to a task, in memory that outlives its consumers.
struct Fate {
    /// How many times it was got as a new one, and as one that another had in hand
    /// before.
    new: AtomicU32,
    redelivered: AtomicU32,
    /// How many times it was handled to the end.
    handled: AtomicU32,
}

// SAFETY: atomics, which may be shared themselves.
unsafe impl processes::Shareable for Fate {}

fn every_task_is_done(maxsize: usize) -> Result<(), Error> {
    let mut random = shared::seed::announce().rng(&maxsize.to_string());
    let queue = JoinableQueue::new(maxsize).unwrap();
    let fates = SharedMemory::new([const { Fate::new() }; TASKS], 0).unwrap();
    let mut kills = 0;
    scope(|family| {
        let start = || family.spawn("consumer", || consume(&queue, &fates));
        let mut consumers =
            (0..CONSUMERS).map(|_| start()).collect::<Result<Vec<_>, _>>()?;
        let producer = family.spawn("producer", || {
            (0..TASKS).try_for_each(|task| queue.put(task)).unwrap();
            assert!(queue.join_timeout(LONG), "{queue:?}");
        })?;
        while producer.join_timeout(EVERY)?.is_none() {
            let victim = &mut consumers[random.usize(..CONSUMERS)];
            victim.kill()?;
            assert_eq!(victim.join()?, Exit::Killed(SIGKILL));
            *victim = start()?;
            kills += 1;
        }
        assert_eq!(producer.join()?, Exit::Ok);
        assert_eq!((queue.unfinished(), queue.len()), (0, 0));
        queue.close();
        for consumer in consumers {
            assert_eq!(consumer.join_timeout(LONG)?, Some(Exit::Ok));
        }
        Ok::<(), Error>(())
    })?;
    check(&fates, kills);
    Ok(())
}

fn consume(queue: &JoinableQueue<usize>, fates: &[Fate; TASKS]) {
    loop {
        let task = match queue.get() {
            Ok(task) => task,
            Err(error) => return assert_eq!(error, GetError::Closed),
        };
        let fate = &fates[*task];
        let got = if task.redelivered() { &fate.redelivered } else { &fate.new };
        got.fetch_add(1, SeqCst);
        // Some work, so that there is something to be killed in the midst of.
        black_box((0..200_000_u32).fold(0, |sum, number| black_box(sum ^ number)));
        fate.handled.fetch_add(1, SeqCst);
        task.done();
    }
}

fn check(fates: &[Fate; TASKS], kills: u32) {
    let mut redelivered = 0;
    for (task, fate) in fates.iter().enumerate() {
        let [new, again, handled] =
            [&fate.new, &fate.redelivered, &fate.handled].map(|it| it.load(SeqCst));
        // A consumer that is killed right after it has got a task has not noted it.
        assert!(new <= 1, "task {task} was new {new} times");
        assert!(handled >= 1, "task {task} was lost");
        assert!(
            handled <= 1 + again,
            "task {task} was handled {handled} times, but redelivered {again} times"
        );
        redelivered += again;
    }
    println!("{kills} were killed, {redelivered} tasks were redelivered");
    assert!(
        redelivered <= kills,
        "{redelivered} tasks were redelivered, {kills} consumers were killed"
    );
    assert!(redelivered > 0, "none of {kills} was killed with a task in hand");
}

impl Fate {
    const fn new() -> Self {
        Self {
            new: AtomicU32::new(0),
            redelivered: AtomicU32::new(0),
            handled: AtomicU32::new(0),
        }
    }
}
