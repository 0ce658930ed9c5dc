//! A daemon as the system knows it: daemon(7).

use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Read as _, Write as _, pipe};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, chdir, fork, setsid};
use processes::held::Fork;
use processes::{Exit, Outcome};
use rustix::fs::Mode;
use rustix::process::umask;
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout};
use shared::{lane, trace};

use crate::{Error, PidFile, Stop};

/// A service that belongs to no terminal and has no parent but the system.
///
/// ```
/// use daemon_processes::Service;
/// # use nix::{sys::signal::{kill, Signal}, unistd::Pid};
///
/// let folder = tempfile::tempdir()?;
/// let [pid_file, log] = ["its.pid", "its.log"].map(|name| folder.path().join(name));
/// let service = Service::new("idler", &pid_file, &log);
/// // The scope ends the service at the latest, so that this example leaves none.
/// processes::scope(|_| {
///     let pid = service.start(|stop| {
///         println!("this goes to the log");
///         stop.wait();
///     })?;
///     kill(Pid::from_raw(pid as i32), Signal::SIGTERM)?;
///     assert!(processes::ends_within(pid, std::time::Duration::from_secs(10))?);
///     assert_eq!(std::fs::read_to_string(&log)?, "this goes to the log\n");
///     Ok::<(), Box<dyn std::error::Error>>(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Service {
    name: String,
    pid_file: PathBuf,
    log: PathBuf,
}

impl Service {
    /// A service, by its name, its pid file, and the file to which its standard output
    /// and error go.
    #[must_use]
    pub fn new(
        name: &str,
        pid_file: impl Into<PathBuf>,
        log: impl Into<PathBuf>,
    ) -> Self {
        Self { name: name.to_owned(), pid_file: pid_file.into(), log: log.into() }
    }

    /// Starts the service, and returns its pid when it is ready: when it has written
    /// its pid file and listens for signals.
    ///
    /// The service is a copy of this process, in the folder `/`, with no input, in a
    /// session of its own. Other files that this process has open stay open there,
    /// except those that are private to it, as the end of a pipe is
    /// ([`processes::held`]). It calls `body`, which returns when it is told to stop,
    /// and removes its pid file then. An error or a panic of `body` goes to the log.
    ///
    /// # Errors
    /// [`Error::Running`] and the other errors of [`PidFile::lock`]; [`Error::Threads`]
    /// if this process has more than one thread; [`Error::Held`] if this thread holds a
    /// lock or a loan of memory that processes share; [`Error::NotReady`] if the
    /// service could not begin.
    pub fn start<R: Outcome>(
        &self,
        body: impl FnOnce(&Stop) -> R,
    ) -> Result<u32, Error> {
        let prepared =
            Fork::prepare(&self.name).map_err(|error| self.refused(error))?;
        // The service will be in another folder.
        let (pid_file, log) = (absolute(&self.pid_file)?, absolute(&self.log)?);
        let opened = File::options().append(true).create(true).open(&log);
        let log = opened.map_err(|source| Error::File { path: log, source })?;
        let pid_file = PidFile::lock(&pid_file)?;
        let (ready, is_ready) = pipe().map_err(|source| self.failed(source))?;

        // SAFETY: this process has no other thread (`prepare` has checked it), so the
        // child may do whatever it may.
        match unsafe { fork() }.map_err(|error| self.failed(error))? {
            ForkResult::Parent { child } => {
                drop((pid_file, is_ready));
                // It ends at once; only the service itself reports through the pipe.
                while waitpid(child, None) == Err(nix::Error::EINTR) {}
                self.wait_until_ready(ready)
            }
            ForkResult::Child => {
                drop(ready);
                if let Err(error) = prepared.in_child(&()) {
                    report(is_ready, &error.to_string());
                    exit(1);
                }
                fork_again(is_ready, |is_ready| {
                    self.serve(pid_file, &log, is_ready, body)
                })
            }
        }
    }

    /// The parent's part: receives the pid of the service, or why it did not start.
    fn wait_until_ready(&self, mut ready: PipeReader) -> Result<u32, Error> {
        let mut report = String::new();
        // The pipe ends when no process is left that could write into it.
        ready.read_to_string(&mut report).map_err(|source| self.failed(source))?;
        report.parse().map_err(|_| {
            let cause =
                if report.is_empty() { "it has died".to_owned() } else { report };
            Error::NotReady { name: self.name.clone(), cause }
        })
    }

    /// The whole run of the service; gives its exit code.
    fn serve<R: Outcome>(
        &self,
        mut pid_file: PidFile,
        log: &File,
        is_ready: PipeWriter,
        body: impl FnOnce(&Stop) -> R,
    ) -> i32 {
        lane::name_process(&self.name);
        let stop = match prepare(log, &mut pid_file) {
            Ok(stop) => stop,
            Err(cause) => {
                let _ = pid_file.remove();
                report(is_ready, &cause);
                return 1;
            }
        };
        trace::birth(&self.name);
        report(is_ready, &std::process::id().to_string());

        // Standard error is the log by now, and the panic hook writes there too.
        let ended = match catch_unwind(AssertUnwindSafe(|| body(&stop).failure())) {
            Ok(None) => 0,
            Ok(Some(failure)) => {
                eprintln!("{}: {failure}", self.name);
                1
            }
            Err(_told_by_the_panic_hook) => 101,
        };
        let removed = pid_file
            .remove()
            .inspect_err(|error| eprintln!("{}: {}", self.name, in_full(error)));
        let _ = io::stdout().flush();
        let code = if removed.is_ok() { ended } else { 1 };
        trace::exit(&if code == 0 { Exit::Ok } else { Exit::Code(code) }.to_string());
        code
    }

    /// The error of a fork that was refused.
    fn refused(&self, error: processes::Error) -> Error {
        match error {
            processes::Error::Threads { name, threads } => {
                Error::Threads { name, threads }
            }
            processes::Error::Held { name, what } => Error::Held { name, what },
            other => self.failed(io::Error::other(other)),
        }
    }

    fn failed(&self, source: impl Into<io::Error>) -> Error {
        Error::Os { name: self.name.clone(), source: source.into() }
    }
}

fn absolute(path: &Path) -> Result<PathBuf, Error> {
    std::path::absolute(path)
        .map_err(|source| Error::File { path: path.to_owned(), source })
}

/// The first child's part: makes a session, and a child in it, and ends.
///
/// The session has no terminal. Its leader could still get one, by opening it; the
/// leader is this process, though, and the service is the child that it leaves behind.
fn fork_again(is_ready: PipeWriter, serve: impl FnOnce(PipeWriter) -> i32) -> ! {
    // SAFETY: a child made by fork has one thread, and this one has started none.
    let forked = setsid().and_then(|_| unsafe { fork() });
    let code = match forked {
        Ok(ForkResult::Parent { .. }) => 0,
        Ok(ForkResult::Child) => serve(is_ready),
        Err(error) => {
            report(is_ready, &error.to_string());
            1
        }
    };
    exit(code)
}

fn exit(code: i32) -> ! {
    // SAFETY: `_exit` ends the process without running anything of it: neither handlers
    // of `atexit` nor destructors, which are for the process to run of which this is a
    // copy.
    unsafe { libc::_exit(code) }
}

/// All that may fail before the service is ready.
fn prepare(log: &File, pid_file: &mut PidFile) -> Result<Stop, String> {
    detach(log).map_err(|error| error.to_string())?;
    let stop = Stop::listen().map_err(|error| error.to_string())?;
    pid_file.write_pid().map_err(|error| in_full(&error))?;
    Ok(stop)
}

/// Gives up what the service has inherited: its terminal, its folder, its masks.
fn detach(log: &File) -> io::Result<()> {
    dup2_stdin(File::open("/dev/null")?)?;
    dup2_stdout(log)?;
    dup2_stderr(log)?;
    // The file system of the folder in which it was started could not be unmounted as
    // long as the service runs.
    chdir("/")?;
    // Files are made with the permissions that the service asks for.
    umask(Mode::empty());
    shared::signals::restore()
}

/// Reports to the process that waits for the service to be ready.
fn report(mut ready: PipeWriter, text: &str) {
    // The process that has started the service may have ended.
    let _ = ready.write_all(text.as_bytes());
}

fn in_full(error: &Error) -> String {
    let source = std::error::Error::source(error).map(|source| format!(": {source}"));
    format!("{error}{}", source.unwrap_or_default())
}
