//! What a request costs a server, measured from outside.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use nix::time::{clock_getcpuclockid, clock_gettime};
use nix::unistd::Pid;
use processes::{Family, Process};
use shared::Result;
use socket_server::Protocol;
use socket_server::kit::{Load, Outcome, Until, stay_on, usable_cores};

use super::traced;

/// The field of `/proc/PID/status` that counts how often a thread began to wait.
const VOLUNTARY: &str = "voluntary_ctxt_switches:";

/// For how many requests the system calls are counted, at most: it takes its time.
const COUNTED: u64 = 10_000;

/// What each request has cost the server.
#[derive(Clone, Debug)]
pub struct Cost {
    /// System calls. They are those of a run of its own, which counting slows down.
    pub calls: f64,
    /// How often a thread gave up its core, to wait for something.
    pub switches: f64,
    /// CPU time, in µs.
    pub micros: f64,
    /// The run that was not slowed down.
    pub outcome: Outcome,
}

/// Has a server serve so many requests of so many clients, twice: to be measured, and
/// for its system calls to be counted. `program` is that of this topic, whose `serve`
/// the server is, in a process of its own. The load has the first core that the caller
/// may run on, the server the last; both the same if the caller has one.
///
/// The caller must have one thread, as for every fork.
///
/// # Errors
/// If the server does not start, an answer is wrong, or the kernel does not let this
/// process trace its child.
pub fn measure(
    program: &Path,
    by: &str,
    clients: usize,
    requests: u64,
) -> Result<Cost> {
    processes::scope(|family| {
        let cores = usable_cores()?;
        let (of_load, of_server) =
            cores.first().zip(cores.last()).context("no core")?;
        let server = Serving::start(family, program, by, *of_server)?;
        // The next server is to be started by a thread that may run on all of them.
        let cost = std::thread::scope(|scope| {
            let load = scope.spawn(|| {
                stay_on(*of_load)?;
                server.cost(clients, requests)
            });
            load.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        cost.with_context(|| format!("{by}, with {clients} clients"))
    })
}

/// A server in a process of its own, a daemon of the family.
struct Serving {
    process: Process,
    address: SocketAddr,
}

impl Serving {
    fn start(family: &Family, program: &Path, by: &str, core: usize) -> Result<Self> {
        let (output, of_server) = std::io::pipe()?;
        let process = family.daemon(by, || -> Result {
            stay_on(core)?;
            let mut serve = Command::new(program);
            serve.args(["serve", "--port", "0", "--by", by]);
            // The wish to be killed with the parent outlives the exec.
            let error = serve.stdout(of_server.try_clone()?).exec();
            Err(error).with_context(|| format!("cannot start {}", program.display()))
        })?;
        drop(of_server);
        let mut ready = String::new();
        BufReader::new(output).read_line(&mut ready)?;
        let address = ready.trim_end().strip_prefix("serving on ");
        let address = address.context("the server does not serve")?.parse()?;
        Ok(Self { process, address })
    }

    fn cost(&self, clients: usize, requests: u64) -> Result<Cost> {
        let mut load = Load::connect(self.address, Protocol::UPPER, clients, 64)?;
        let (cpu, switches) = (self.cpu_time()?, self.switches()?);
        let outcome = load.run(Until::Requests(requests))?;
        let cpu = self.cpu_time()?.saturating_sub(cpu);
        let switches = self.switches()?.saturating_sub(switches);
        let few = requests.min(COUNTED);
        let calls = traced::calls(self.pid(), || load.run(Until::Requests(few)));
        let (calls, counted) = calls?;
        let answered = |run: &Outcome, all| (run.requests, run.errors) == (all, 0);
        ensure!(
            answered(&outcome, requests) && answered(&counted?, few),
            "not all requests were answered"
        );
        let each = |number: f64| number / requests as f64;
        Ok(Cost {
            calls: calls as f64 / few as f64,
            switches: each(switches as f64),
            micros: each(cpu.as_secs_f64() * 1e6),
            outcome,
        })
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.process.pid() as i32)
    }

    fn cpu_time(&self) -> Result<Duration> {
        Ok(clock_gettime(clock_getcpuclockid(self.pid())?)?.into())
    }

    /// How often its threads have given up their core. How often they have lost it says
    /// more of the machine's other work than of the server.
    fn switches(&self) -> Result<u64> {
        let mut sum = 0;
        for thread in std::fs::read_dir(format!("/proc/{}/task", self.pid()))? {
            let status = std::fs::read_to_string(thread?.path().join("status"))?;
            let mut lines = status.lines();
            let count = lines.find_map(|line| line.strip_prefix(VOLUNTARY));
            sum += count.map_or(Ok(0), |count| count.trim().parse::<u64>())?;
        }
        Ok(sum)
    }
}
