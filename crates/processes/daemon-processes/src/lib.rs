//! Daemons of two kinds: the child that ends with its parent, and the service that
//! outlives its parent (N2.8).
//!
//! Python calls a child process a daemon if it serves its parent and ends when the
//! parent's code does: here that is `Family::daemon` of the crate `processes`, and the
//! scenes show how it ends. On Unix a daemon is a service of the system, which begins
//! by leaving its parent (daemon(7)): that is [`Service`].
//!
//! # How a service is started
//! [`Service::start`] opens and locks the pid file first, so that a second start is
//! refused before anything has happened. Then it forks. The child makes a session of
//! its own (setsid(2)), forks once more, and ends; the grandchild is the service. It
//! gives up what it has inherited, its terminal, its folder, its masks, begins to
//! listen for signals, and writes its pid into the file. Only then it says through a
//! pipe that it is ready, and `start` returns; if it dies before, the pipe ends, and
//! `start` returns an error.
//!
//! The lock (`F_OFD_SETLK`, fcntl(2)) belongs to the open file and goes with it through
//! both forks. The kernel releases it when the service ends, in whatever way.
//!
//! Signals are received by a thread of their own (that of the crate `ctrlc`), which is
//! started after the last fork and tells the service's function by a channel; the
//! signal handler itself does nothing but post a semaphore.
//!
//! # What is promised
//! - A daemon of the first kind is terminated when its parent's code ends, while other
//!   children are waited for. It is gone within 100 ms when its parent is killed by
//!   SIGKILL, which Python's is not: the kernel sees to it.
//! - A [`Service`] has a session of its own, which it does not lead, so that no
//!   terminal can ever reach it.
//! - A second start is refused, and names the process that runs already, or says that
//!   it is just being started. The [`PidFile`] that a killed service has left is no
//!   obstacle, and the pid in it is never given for that of the next service.
//! - SIGTERM, SIGINT and SIGHUP end it cleanly: its function is told to [`Stop`], and
//!   its pid file is removed, unless another file has taken its place.

mod error;
mod pid_file;
mod service;
mod stop;

pub use error::Error;
pub use pid_file::PidFile;
pub use service::Service;
pub use stop::Stop;

// A request to stop is waited for by any thread.
const _: () = {
    const fn is_send_and_sync<T: Send + Sync>() {}
    is_send_and_sync::<(Error, PidFile, Service, Stop)>();
};
