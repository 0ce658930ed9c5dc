//! Runs a program so that nothing of it outlives it, or outlives the runner.
//!
//! Each program that the runner starts has a supervisor: a process of the runner's own
//! executable that starts the program, watches it, and ends when nothing of it is left.
//! A supervisor is a subreaper (prctl(2), `PR_SET_CHILD_SUBREAPER`): every process that
//! the program starts stays below it in the tree of processes, however it detaches
//! itself. So whatever the program leaves behind is found, and is never taken for what
//! another scene left.
//!
//! The supervisor's standard input is its lifeline. When the runner drops it, by Ctrl-C
//! or by dying itself, the supervisor kills and reaps everything below it and removes
//! the temporary files.
//!
//! | module | role |
//! |---|---|
//! | `order` | what a supervisor is to run; the runner's side |
//! | `lifelines` | the pipes that keep the supervisors running |
//! | `supervisor` | the supervisor's side: start, watch, clear away |
//! | `sandbox` | a TMPDIR and a trace for the program |
//! | `output` | what the program prints, kept in part |
//! | `processes`, `procfs` | the processes below the supervisor |
//! | `report` | how the program ended and what it left |

mod lifelines;
mod order;
mod output;
mod processes;
mod procfs;
mod report;
mod sandbox;
mod supervisor;

pub use lifelines::{Interrupted, interrupt, interrupted};
pub use order::{Order, SUBCOMMAND, Strike};
pub use report::{Ended, Failed, Left, Report};
pub use supervisor::serve;
