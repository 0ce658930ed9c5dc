//! A process stopped by SIGSTOP at any moment: calls with a deadline end at it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use joinable_queue::{GetError, JoinableQueue, PutError, Task};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use processes::{Error, Exit, Process, SIGKILL, State, scope, state};

/// How often the process must be stopped with a lock in hand, for each of the locks.
const HITS: usize = 5;

/// The timeout of the calls that wait.
const TIMEOUT: Duration = Duration::from_millis(20);

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(30);

tests::main! {
    no_deadline_depends_on_a_stopped_process,
}

/// A process that holds the lock of the producers or of the consumers is stopped. The
/// others' `try_put` and `try_get` return at once, `put_timeout` and `get_timeout` at
/// their deadline.
fn no_deadline_depends_on_a_stopped_process() -> Result<(), Error> {
    let mut random = shared::seed::announce().rng("stops");
    // So long that copying it under a lock is a good part of the work.
    let item = "x".repeat(1 << 19);
    let queue = JoinableQueue::new(0).unwrap();
    scope(|family| {
        let busy = family.spawn("busy", || {
            loop {
                queue.put(item.clone()).unwrap();
                queue.get().unwrap().done();
            }
        })?;
        let (mut puts, mut gets) = (0, 0);
        let begin = Instant::now();
        while puts < HITS || gets < HITS {
            assert!(begin.elapsed() < LONG, "{puts} and {gets} times with a lock");
            stop_at_random(&busy, &mut random)?;
            if queue.len() < 10
                && let Err(refused) = queue.try_put(item.clone())
            {
                assert!(matches!(refused, PutError::Full(_)));
                let waited = Instant::now();
                let late = queue.put_timeout(item.clone(), TIMEOUT);
                assert!(matches!(late, Err(PutError::Full(_))));
                assert!(waited.elapsed() >= TIMEOUT);
                puts += 1;
            }
            if queue.len() > 1
                && let Err(refused) = queue.try_get().map(Task::done)
            {
                assert_eq!(refused, GetError::Empty);
                let waited = Instant::now();
                assert_eq!(queue.get_timeout(TIMEOUT).unwrap_err(), GetError::Empty);
                assert!(waited.elapsed() >= TIMEOUT);
                gets += 1;
            }
            kill(pid(&busy), Signal::SIGCONT).unwrap();
        }
        busy.kill()?;
        assert_eq!(busy.join()?, Exit::Killed(SIGKILL));
        Ok(())
    })
}

fn stop_at_random(victim: &Process, random: &mut fastrand::Rng) -> Result<(), Error> {
    assert_eq!(victim.join_timeout(Duration::from_micros(random.u64(..3000)))?, None);
    kill(pid(victim), Signal::SIGSTOP).unwrap();
    while state(victim.pid()).unwrap() != Some(State::Stopped) {
        std::thread::yield_now();
    }
    Ok(())
}

fn pid(process: &Process) -> Pid {
    Pid::from_raw(process.pid() as i32)
}
