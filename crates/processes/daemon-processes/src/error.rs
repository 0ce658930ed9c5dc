//! Why a service could not be started.

use std::io;
use std::path::PathBuf;

/// Why a service could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It runs already.
    #[error("{path}: process {pid} is running already")]
    Running {
        /// The pid file.
        path: PathBuf,
        /// The process that has it locked.
        pid: u32,
    },
    /// Another process is just starting it, and its pid is not in the file yet.
    #[error("{path}: it is just being started")]
    Starting {
        /// The pid file.
        path: PathBuf,
    },
    /// The file holds something else than a pid. It is left as it is.
    #[error("{path} is not a pid file")]
    NotAPidFile {
        /// The file.
        path: PathBuf,
    },
    /// A file cannot be opened, locked, read or written.
    #[error("{path}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Fork is refused: the caller has several threads.
    #[error(
        "cannot start {name}: this process has {threads} threads, and a copy made by \
         fork would have only one of them"
    )]
    Threads {
        /// The service.
        name: String,
        /// How many threads the caller has.
        threads: usize,
    },
    /// Fork is refused: this thread holds what two processes must not have.
    #[error(
        "cannot start {name}: this thread holds {what}, and a child made by fork would \
         hold a copy of it"
    )]
    Held {
        /// The service.
        name: String,
        /// What is held.
        what: &'static str,
    },
    /// The service has ended before it was ready.
    #[error("{name} did not start: {cause}")]
    NotReady {
        /// The service.
        name: String,
        /// What it said.
        cause: String,
    },
    /// The kernel said no.
    #[error("cannot start {name}")]
    Os {
        /// The service.
        name: String,
        /// What the kernel said.
        source: io::Error,
    },
}
