//! Workers killed by SIGKILL at random moments while tasks run through the pool.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::hint::black_box;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::time::{Duration, Instant};

use executors::{Error, Executor, Future, ProcessPoolExecutor, TaskError};
use processes::{Exit, SIGKILL, SharedMemory, descendants, scope};
use rustix::process::{Pid, Signal, kill_process};

const WORKERS: usize = 4;
/// How many workers are killed.
const KILLS: u32 = 1000;
/// How many tasks are in the pool at once.
const AT_ONCE: usize = 50;
/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_mins(1);

tests::main! {
    a_killed_worker_costs_the_task_in_hand_and_nothing_else => Duration::from_mins(8),
}

/// How many times each task has begun, modulo the number of counters.
static BEGUN: LazyLock<SharedMemory<[AtomicU32; COUNTERS]>> = LazyLock::new(|| {
    SharedMemory::new([const { AtomicU32::new(0) }; COUNTERS], 0).unwrap()
});
const COUNTERS: usize = 512;

fn task(n: usize) -> usize {
    BEGUN[n % COUNTERS].fetch_add(1, SeqCst);
    // Some work, so that there is something to be killed in the midst of.
    black_box((0..100_000_u32).fold(0, |sum, number| black_box(sum ^ number)));
    n
}

fn a_killed_worker_costs_the_task_in_hand_and_nothing_else() -> Result<(), Error> {
    LazyLock::force(&BEGUN);
    let mut random = shared::seed::announce().rng("kills");
    let begin = Instant::now();
    let killed = TaskError::BrokenWorker { exit: Exit::Killed(SIGKILL) };
    let (kills, lost, done) = scope(|family| {
        let pool = ProcessPoolExecutor::new(family, WORKERS)?;
        let keeper = descendants(std::process::id()).unwrap()[0];
        let (mut kills, mut submitted, mut lost, mut done) = (0, 0, 0, 0);
        let mut futures = Vec::new();
        while kills < KILLS {
            futures.extend((submitted..submitted + AT_ONCE).map(|n| {
                BEGUN[n % COUNTERS].store(0, SeqCst);
                (n, pool.submit(task, n).unwrap())
            }));
            submitted += AT_ONCE;
            // Between nothing and about as long as these tasks take.
            std::thread::sleep(Duration::from_micros(random.u64(..2000)));
            let workers = descendants(keeper).unwrap();
            for _ in 0..random.usize(..3) {
                if workers.is_empty() {
                    break;
                }
                let victim = workers[random.usize(..workers.len())];
                let pid = Pid::from_raw(victim.cast_signed()).unwrap();
                // It may have been killed a moment ago.
                kills += u32::from(kill_process(pid, Signal::KILL).is_ok());
            }
            for (n, future) in futures.drain(..) {
                let outcome = future.result_timeout(LONG).map_err(|_| n).unwrap();
                let times = BEGUN[n % COUNTERS].load(SeqCst);
                assert!(times <= 1, "task {n} was run {times} times");
                match outcome {
                    Ok(value) => {
                        assert_eq!((value, times), (n, 1));
                        done += 1;
                    }
                    Err(error) => {
                        assert_eq!(error, killed);
                        lost += 1;
                    }
                }
            }
        }
        // It serves on, and ends well.
        let after: Vec<_> = (0..100).map(|n| pool.submit(task, n).unwrap()).collect();
        assert!(after.into_iter().map(Future::result).eq((0..100).map(Ok)));
        pool.shutdown()?;
        Ok::<_, Error>((kills, lost, done))
    })?;
    println!("{kills} kills, {lost} tasks lost, {done} done, in {:?}", begin.elapsed());
    assert!(lost <= kills && lost > 0, "{lost} tasks lost by {kills} kills");
    Ok(())
}
