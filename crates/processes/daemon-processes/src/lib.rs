//! Daemons of two kinds: the child that ends with its parent, and the service that outlives everybody (N2.8).
//!
//! Python calls a child process a daemon if it serves its parent and ends when the parent's code does: here that is
//! `Family::daemon` of the crate `processes`, and the scenes show how it ends. To everybody else a daemon is a service
//! of the system, which begins by getting rid of its parent: that is [`Service`].
//!
//! # What is promised
//! - A daemon of the first kind is terminated when its parent's code ends, while other children are waited for. It is
//!   gone within 100 ms when its parent is killed by SIGKILL, which Python's is not: the kernel sees to it.
//! - A [`Service`] has a session of its own, which it does not lead, so that no terminal can ever reach it.
//! - A second start is refused, and names the process that runs already. What a killed service has left of its
//!   [`PidFile`] is no obstacle.
//! - SIGTERM, SIGINT and SIGHUP end it cleanly: its function is told to [`Stop`], and its pid file is removed.

mod error;
mod pid_file;
mod service;
mod stop;

pub use error::Error;
pub use pid_file::PidFile;
pub use service::Service;
pub use stop::Stop;
