//! A broker as a child of the scene.

use std::cell::RefCell;
use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use processes::{Family, Process};
use shared::Result;

use super::folder::Folder;
use super::program::Program;
use crate::backoff::Backoff;

/// How long a broker may take to start, on a machine with other things to do.
const START: Duration = Duration::from_mins(1);
/// How many ports are tried.
const PORTS: u32 = 8;
/// Where the system does not take the ports of its clients from, so that a broker that
/// is started again finds its port free.
const RANGE: std::ops::Range<u16> = 20_000..26_000;

/// A broker that runs, or is about to run again.
///
/// It is a child in a scope of its own around the scene's: the scene's children end
/// first, and it ends with the scene's process, also if that is killed.
#[derive(Debug)]
pub struct Server<'a> {
    family: &'a Family,
    program: Program,
    folder: Folder,
    port: u16,
    password: String,
    process: RefCell<Process>,
}

/// Starts the broker, calls the body, and stops the broker.
pub fn run<T>(program: Program, body: impl FnOnce(&Server) -> Result<T>) -> Result<T> {
    processes::scope(|family| body(&Server::start(family, program)?))
}

impl<'a> Server<'a> {
    fn start(family: &'a Family, program: Program) -> Result<Self> {
        let folder = Folder::new()?;
        let password = format!("{:016x}", fastrand::u64(..));
        let mut failure = anyhow::anyhow!("no port of the loopback is free");
        for _ in 0..PORTS {
            let port = fastrand::u16(RANGE);
            if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err() {
                continue;
            }
            let command = program.command(folder.path(), port, &password)?;
            let url = program.url(port, &password);
            match launch(family, program, command, folder.path(), &url) {
                Ok(process) => {
                    let process = RefCell::new(process);
                    return Ok(Self {
                        family,
                        program,
                        folder,
                        port,
                        password,
                        process,
                    });
                }
                // Another program may have taken the port meanwhile.
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    /// The scope that it is a child in. A scene that starts it again spawns its own
    /// children there too: a scope within would take the new broker for an orphan.
    #[must_use]
    pub fn family(&self) -> &Family {
        self.family
    }

    /// Its URL, with the password if it has one.
    #[must_use]
    pub fn url(&self) -> String {
        self.program.url(self.port, &self.password)
    }

    /// Kills it by SIGKILL, and waits until it has ended.
    ///
    /// # Errors
    /// If it is no child of the caller.
    pub fn kill(&self) -> Result {
        self.process.borrow().kill()?;
        let _killed = self.process.borrow().join()?;
        Ok(())
    }

    /// Starts it again after it was killed, with the same URL and folder.
    ///
    /// # Errors
    /// If it does not start.
    pub fn start_again(&self) -> Result {
        let Self { program, port, password, .. } = self;
        let command = program.command(self.folder.path(), *port, password)?;
        let again =
            launch(self.family, *program, command, self.folder.path(), &self.url())?;
        self.process.replace(again);
        Ok(())
    }
}

/// Forks a child that becomes the broker, and waits until it is ready.
fn launch(
    family: &Family,
    program: Program,
    command: Command,
    folder: &Path,
    url: &str,
) -> Result<Process> {
    let log = folder.join("log");
    let process = family.daemon(program.scheme(), || become_it(command, &log))?;
    let deadline = Instant::now() + START;
    for pause in Backoff::new(Duration::from_millis(5), Duration::from_millis(100)) {
        if let Some(exit) = process.join_timeout(pause)? {
            let log = std::fs::read_to_string(&log).unwrap_or_default();
            let last = log.lines().rfind(|line| !line.trim().is_empty());
            bail!(
                "{} ended by {exit} while it started: {}",
                program.scheme(),
                last.unwrap_or("it says nothing")
            );
        }
        if program.is_ready(url) {
            return Ok(process);
        }
        if Instant::now() > deadline {
            process.kill()?;
            let _killed = process.join()?;
            bail!("{} is not ready in time", program.scheme());
        }
    }
    Ok(process)
}

/// Becomes the broker; the wish to be killed with the parent outlives the exec.
fn become_it(mut command: Command, log: &Path) -> Result {
    let log = File::create(log).with_context(|| log.display().to_string())?;
    let error =
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).exec();
    Err(error).with_context(|| command.get_program().display().to_string())
}
