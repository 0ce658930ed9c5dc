//! Serial, threads, processes or coroutines: how long a job takes in each way,
//! predicted from a few figures of the machine, and measured (N1.1, N1.2, N4.9).
//!
//! ```
//! use std::time::Duration;
//! use cpu_vs_io::{Job, Machine, Task, Way};
//!
//! let machine = Machine::measure()?;
//! // 100 tasks that compute for 10 µs and wait for 2 ms, as requests to a server do.
//! let (computes, waits) = (Duration::from_micros(10), Duration::from_millis(2));
//! let job = Job::new(100, Task { computes, waits });
//! let predicted = machine.predict(Way::Threads, &job);
//! let measured = machine.run(Way::Threads, &job)?.time;
//! println!("threads: {predicted:?} predicted, {measured:?} measured");
//! assert_ne!(machine.best(&job), Way::Serial);
//! # Ok::<(), cpu_vs_io::Error>(())
//! ```
//!
//! # How it works
//! A [`Job`] is a number of equal tasks. Each computes, then waits, and may have a
//! callback that does the same. [`Machine::measure`] takes the figures of this machine:
//!
//! | figure | how it is measured |
//! |---|---|
//! | the time of a step | a loop on one core; a task that computes is a number of its steps |
//! | [speed-up](Machine::speed_up) | the same loop, once on each core at the same time |
//! | [`Cost::once`] | a job without tasks |
//! | [`Cost::each`] | a job of tasks that do nothing |
//! | [`Cost::late`] | a task that waits, which lasts longer than it asked for |
//!
//! The shortest of several measurements counts. [`Machine::predict`] puts the figures
//! into one formula for each [`Way`], and [`Machine::run`] runs the job in that way.
//!
//! | module | role |
//! |---|---|
//! | `job` | what is to be done |
//! | `way` | the ways in which it can be done |
//! | `machine` | the figures, and the formulae |
//! | `measure` | takes the figures; times a job |
//! | `run` | runs a job in each of the ways |
//! | `error` | why a job could not be run |
//! | [`kit`] | what the scenes print, and the map |
//!
//! # What is promised
//! - A prediction is a pure function of the job and the figures: no way is predicted to
//!   take less than one task, nor less than all cores need for the computing.
//! - Each way does the same work: [`Run::sum`] is the same in all of them.
//! - When [`Machine::run`] returns, also by an error, its threads and processes have
//!   ended.
//!
//! # Limits
//! - All tasks are equal, and none waits for another. The formula adds up phases; a
//!   task that computes and waits in turn, many times over, is predicted too long.
//! - The formula knows of cores, not of memory: two threads that need the same line of
//!   the cache, or more of memory than the cache holds, take longer. The scenes
//!   `false-sharing` and `memory-bound` show by how much.
//! - A wait in a coroutine ends with a tick of tokio's clock, which has one a
//!   millisecond: [`Cost::late`] is about that long.
//! - Processes are refused while the caller has other threads, as fork is.
//! - Processes are joined in the order of their start: one that is killed is reported
//!   when those before it have ended.
//!
//! # What it costs
//! `cargo bench -p cpu-vs-io` prints each prediction and its error, and measures four
//! tasks of 10 ms in each way, beside rayon.
//!
//! In a single run on a machine with two cores and much other work, so rough, jobs that
//! wait took what was predicted within 2 %. Jobs that compute took 13 to 97 % longer:
//! other programs had the cores. The aim, an error of 10 % at most on a quiet machine,
//! has not been checked for them.

#![forbid(unsafe_code)]

mod error;
mod job;
pub mod kit;
mod machine;
mod measure;
mod run;
mod way;

pub use error::Error;
pub use job::{Job, Task};
pub use machine::{Cost, Machine};
pub use measure::{Run, cores};
pub use way::Way;
