//! What a benchmark's runs cost, in time and in CPU time, for the runner that sets them
//! beside each other.

use std::fs::File;
use std::io::Write as _;
use std::time::{Duration, Instant};

use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use serde::{Deserialize, Serialize};

/// What one run of a benchmark cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// What was measured: `CASE/SIDE`, as `1-to-1/ipc-channel`.
    pub bench: String,
    /// How many operations it did.
    pub ops: u64,
    /// How long they took together.
    pub seconds: f64,
    /// The CPU time that they took together, of this process and of the children that
    /// it has waited for meanwhile.
    pub cpu_seconds: f64,
}

/// Does `ops` operations by calling `work`, and gives the time that they took, as
/// criterion's `iter_custom` wants it.
///
/// Where `BENCH_LOG` names a file, the run is appended to it as one line of JSON
/// ([`Measured`]). Processes that `work` starts must have been waited for when it
/// returns, or their CPU time is missing.
///
/// # Panics
/// If the file cannot be written: a benchmark has no caller to return an error to.
///
/// ```
/// let time = shared::bench::run("sum/loop", 1_000, || {
///     std::hint::black_box((0..1_000_u64).sum::<u64>());
/// });
/// assert!(!time.is_zero());
/// ```
pub fn run(bench: &str, ops: u64, work: impl FnOnce()) -> Duration {
    let cpu_before = cpu_time();
    let begin = Instant::now();
    work();
    let time = begin.elapsed();
    let cpu_seconds = cpu_time().saturating_sub(cpu_before).as_secs_f64();
    record(&Measured {
        bench: bench.to_owned(),
        ops,
        seconds: time.as_secs_f64(),
        cpu_seconds,
    });
    time
}

/// Appends a run to the file that `BENCH_LOG` names, if it names one, as one line of
/// JSON.
///
/// [`run`] does so by itself. This is for a bench whose CPU time is not that of its own
/// process, as that of a server that runs apart from those who load it.
///
/// # Panics
/// If the file cannot be written.
pub fn record(measured: &Measured) {
    if let Some(path) = std::env::var_os("BENCH_LOG") {
        append(&path, measured)
            .unwrap_or_else(|error| panic!("BENCH_LOG={}: {error}", path.display()));
    }
}

fn append(path: &std::ffi::OsStr, measured: &Measured) -> std::io::Result<()> {
    let line = format!("{}\n", serde_json::to_string(measured)?);
    File::options().append(true).create(true).open(path)?.write_all(line.as_bytes())
}

/// The CPU time, user's and system's, of this process and of its children that have
/// ended and been waited for.
#[must_use]
pub fn cpu_time() -> Duration {
    let of = |usage: Usage| {
        Duration::from_micros(
            (usage.user_time() + usage.system_time()).num_microseconds() as u64,
        )
    };
    // getrusage fails only for a bad argument.
    [UsageWho::RUSAGE_SELF, UsageWho::RUSAGE_CHILDREN]
        .into_iter()
        .filter_map(|who| getrusage(who).ok())
        .map(of)
        .sum()
}
