//! Runs a job, in each of the ways.

use std::hint::black_box;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use processes::SharedMemory;
use shared::trace;
use tokio::task::JoinSet;

use crate::{Error, Job, Machine, Task, Way};

/// Runs the job that way; returns the sum of what was computed.
pub(crate) fn run(machine: &Machine, way: Way, job: &Job) -> Result<u64, Error> {
    let work = |task: Task| Work {
        steps: machine.steps(task.computes),
        wait: task.waits,
        traced: job.traced,
    };
    let (task, callback) = (work(job.task), work(job.callback));
    match way {
        Way::Serial => Ok(serial(job.tasks, task, callback)),
        Way::Threads => {
            threads(job.tasks, || task.block().wrapping_add(callback.block()))
        }
        Way::Gil => {
            let lock = Mutex::new(());
            let one_at_a_time = |work: Work| {
                let guard = lock.lock().unwrap_or_else(PoisonError::into_inner);
                let sum = work.compute();
                drop(guard);
                work.wait();
                sum
            };
            threads(job.tasks, || {
                one_at_a_time(task).wrapping_add(one_at_a_time(callback))
            })
        }
        Way::Processes => processes(job.tasks, task, callback),
        Way::Coroutines => coroutines(job.tasks, task, callback),
    }
}

/// A task as this machine does it.
#[derive(Clone, Copy)]
struct Work {
    steps: u64,
    wait: Duration,
    traced: bool,
}

impl Work {
    /// Computes and waits, and blocks the thread meanwhile.
    fn block(self) -> u64 {
        let sum = self.compute();
        self.wait();
        sum
    }

    fn compute(self) -> u64 {
        let _span = (self.traced && self.steps > 0).then(|| trace::span("computes"));
        compute(self.steps)
    }

    fn wait(self) {
        if self.wait.is_zero() {
            return;
        }
        if self.traced {
            trace::sleep(self.wait);
        }
        thread::sleep(self.wait);
    }

    /// Computes, and lets other coroutines run while it waits.
    async fn suspend(self) -> u64 {
        let sum = self.compute();
        if !self.wait.is_zero() {
            tokio::time::sleep(self.wait).await;
        }
        sum
    }
}

/// The loop of N1.1, with a product that does not stay 0. Each step needs the one
/// before, so a core does them one by one.
pub(crate) fn compute(steps: u64) -> u64 {
    const FACTOR: u64 = 6_364_136_223_846_793_005;
    let first = black_box(1_u64);
    black_box((0..steps).fold(first, |sum, i| sum.wrapping_mul(FACTOR).wrapping_add(i)))
}

fn serial(tasks: u32, task: Work, callback: Work) -> u64 {
    (0..tasks).fold(0, |sum: u64, _| {
        sum.wrapping_add(task.block()).wrapping_add(callback.block())
    })
}

fn threads(tasks: u32, body: impl Fn() -> u64 + Sync) -> Result<u64, Error> {
    thread::scope(|scope| {
        let mut threads = Vec::new();
        for number in 1..=tasks {
            let builder = thread::Builder::new().name(format!("thread {number}"));
            let thread = builder
                .spawn_scoped(scope, &body)
                .map_err(|source| Error::Thread { number, source })?;
            threads.push(thread);
        }
        // The scope would wait as well, but a little less: a thread that has not been
        // joined may still be counted by a fork.
        Ok(threads.into_iter().fold(0, |sum: u64, thread| {
            let value = thread.join().unwrap_or_else(|panic| resume_unwind(panic));
            sum.wrapping_add(value)
        }))
    })
}

fn processes(tasks: u32, task: Work, callback: Work) -> Result<u64, Error> {
    // What a process returns does not come back, and what it writes is a copy.
    let sum = SharedMemory::new(AtomicU64::new(0), 0).map_err(Error::Memory)?;
    processes::scope(|family| -> Result<(), Error> {
        let mut children = Vec::new();
        for number in 1..=tasks {
            let body = || {
                sum.fetch_add(task.block(), Relaxed);
            };
            children.push((number, family.spawn(&format!("process {number}"), body)?));
        }
        for (number, child) in children {
            let exit = child.join()?;
            if !exit.is_ok() {
                return Err(Error::Ended { number, exit });
            }
            sum.fetch_add(callback.block(), Relaxed);
        }
        Ok(())
    })?;
    Ok(sum.load(Relaxed))
}

fn coroutines(tasks: u32, task: Work, callback: Work) -> Result<u64, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(Error::Runtime)?;
    Ok(runtime.block_on(async {
        let mut coroutines = JoinSet::new();
        for _ in 0..tasks {
            coroutines.spawn(async move {
                task.suspend().await.wrapping_add(callback.suspend().await)
            });
        }
        let mut sum = 0_u64;
        while let Some(ended) = coroutines.join_next().await {
            let value = ended.unwrap_or_else(|error| resume_unwind(error.into_panic()));
            sum = sum.wrapping_add(value);
        }
        sum
    }))
}
