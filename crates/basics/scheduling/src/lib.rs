//! Schedulers: nine policies simulated, and the kernel's own beside them (N2.1–N2.3).
//!
//! A scheduler decides which job has the core, and when. A [`Policy`] is the rule by
//! which it decides. [`Policy::schedule`] runs a list of [`Job`]s under it, and returns
//! the [`Schedule`]: the slices of the Gantt chart, each with the [`Reason`] for which
//! the scheduler chose it, and the times of each job.
//!
//! ```
//! use scheduling::{Job, Metrics, Policy};
//!
//! let jobs = [Job::new("a", 0, 5), Job::new("b", 2, 3)];
//! let schedule = Policy::round_robin(4).schedule(&jobs)?;
//! assert_eq!(schedule.order(), ["a", "b", "a"]);
//! assert_eq!(schedule.mean(Metrics::waiting).to_string(), "2.50");
//! # Ok::<(), scheduling::Error>(())
//! ```
//!
//! The same from the shell, with a chart, or with `--json`:
//!
//! ```sh
//! cargo run -p scheduling -- run --policy rr:4 a:0:5 b:2:3
//! ```
//!
//! | policy | written | the job that runs | preempts | starves |
//! |---|---|---|---|---|
//! | first come first served | `fcfs` | the first to be ready | no | no |
//! | shortest job first | `sjf` | the shortest burst | no | yes |
//! | shortest remaining first | `srtf` | the least time left | yes | yes |
//! | highest response ratio | `hrrn` | the largest (waiting + burst) / burst | no | no |
//! | earliest deadline first | `edf` | the earliest deadline | yes | no |
//! | priority | `priority` | the highest priority | as set | unless aging is set |
//! | round robin | `rr:4` | the first in the queue, for a quantum | at its quantum | no |
//! | multilevel feedback | `mlfq:1,2,4` | the first in the highest queue | yes | unless boost is set |
//! | EEVDF | `eevdf:3` | the earliest virtual deadline | at its slice | no |
//!
//! A policy starves a job if others that keep coming can make it wait for ever.
//!
//! # Conventions
//! Textbooks differ. Here, for one core:
//! - Turnaround time is the time from the arrival to the end. Waiting time is
//!   turnaround less burst and io, so it is the time for which the job was ready
//!   without having the core. Response time is the time from the arrival to the first
//!   slice.
//! - A job that arrives at the moment at which a quantum ends goes into the queue
//!   before the job whose quantum it was. [`Arrivals::Last`] reverses it.
//! - Of equal jobs, the one that arrived first runs first, and then the one that was
//!   given first. An equal job does not preempt.
//! - Small numbers are high priorities, or large ones, as [`High`] says. For EEVDF the
//!   priority is the nice value.
//! - In round robin a job that comes back from its device begins a fresh quantum. In a
//!   multilevel feedback queue a job keeps what is left of its quantum, both after its
//!   device and after a preemption, and goes to the end of its queue.
//! - A job that is alone goes down in a multilevel feedback queue like any other.
//!   [`Feedback::demote_alone`] changes that.
//! - The policies that look at bursts know them in advance. The burst of a job with io
//!   is its time on the core until the next wait; each job has a device of its own.
//! - A slice ends where the scheduler chooses again, also if it chooses the same job.
//!   The chart draws such slices as one. Idle time is a gap between slices.
//! - A switch takes no time.
//! - A mean is exact until it is printed ([`Mean`]).
//!
//! # What is promised
//! The same jobs give the same schedule. The core is never idle while a job is ready,
//! and never has two jobs. The simulator goes from event to event, so an arrival at
//! 10^12 costs no more than one at 1. A schedule has 1,048,576 slices at most.
//!
//! Property tests check this for every policy with random jobs, and more for some: that
//! no job waits longer than the quanta of the others in round robin, that shortest
//! remaining first has the least mean turnaround of all, that earliest deadline first
//! is late only if every policy is, that EEVDF is within a slice of the exact shares,
//! that a boost and aging keep every job from starving. The tables of two textbooks are
//! unit tests.
//!
//! # The kernel beside it
//! `cargo xtask bench scheduling`, on two cores that had other work to do as well;
//! medians of three rounds. `SCHED_FIFO` is not disturbed by other processes, and the
//! shares are those among the three jobs.
//!
//! | the same jobs | simulator | kernel (Linux 6.18) |
//! |---|---|---|
//! | first come first served: ends of bursts of 60, 30 and 30 ms | 60, 90, 120 ms | 60.0, 90.2, 120 ms |
//! | EEVDF: share of nice 0 | 69.7 % | 69.7 % (69.7 to 75.0) |
//! | EEVDF: share of nice 5 | 22.8 % | 22.8 % (17.0 to 22.8) |
//! | EEVDF: share of nice 10 | 7.5 % | 7.5 % (7.5 to 8.0) |
//!
//! A schedule of 1,000 jobs takes 5 ms under first come first served, 6 ms under round
//! robin, 23 ms under multilevel feedback and 157 ms under EEVDF, which looks at every
//! ready job at each choice.
//!
//! # EEVDF, and what Linux adds
//! Each job has a virtual time: its time on the core, divided by its weight. A job
//! whose virtual time is not beyond the mean of all has had no more than its share, and
//! is *eligible*. Each job requests a slice; the virtual time at which it will have had
//! it is its *virtual deadline*. Of the eligible jobs the one with the earliest
//! deadline runs, for a slice. So a heavy job, whose virtual time passes slowly, runs
//! more often. A job that sleeps keeps its *lag*, that is, what it is owed. The weights
//! are Linux's; so is the rule that a job keeps the core for its slice. Linux looks at
//! the clock only at each tick and has a queue for each core; the simulator has
//! neither.
//!
//! # The modules
//! | module | role |
//! |---|---|
//! | `job`, `policy`, `settings`, `error` | what is given, and what is refused |
//! | `simulator` | from event to event |
//! | `ranked` | the policies that compare the ready jobs |
//! | `queues` | round robin and multilevel feedback |
//! | `fair` | EEVDF |
//! | `schedule`, `reason`, `mean` | what comes out |
//! | [`kit`] | charts, command lines, and the kernel's own schedulers |

#![deny(unsafe_code)]

mod error;
mod fair;
mod job;
pub mod kit;
mod mean;
mod policy;
mod queues;
mod ranked;
mod reason;
mod schedule;
mod settings;
mod simulator;

pub use error::Error;
pub use fair::weight;
pub use job::{Io, Job};
pub use mean::Mean;
pub use policy::Policy;
pub use reason::Reason;
pub use schedule::{Metrics, Schedule, Slice, Wait};
pub use settings::{Arrivals, Feedback, High, Priority};

/// Any thread may have all of it.
const _: () = {
    const fn is_shared<T: Send + Sync>() {}
    is_shared::<(Error, Job, Mean, Policy, Reason, Schedule)>();
};
