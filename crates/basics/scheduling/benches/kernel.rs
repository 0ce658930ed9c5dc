//! The simulator's times beside the kernel's own, for the same jobs (N2.3).
//!
//! The times of the cases are those of the schedules, not of their computation: the end
//! of a job under `SCHED_FIFO`, and a job's share of a second under `SCHED_OTHER`. Run
//! it on a quiet machine.

use scheduling::kit::kernel::{self, Class};
use scheduling::{Job, Policy, Schedule};
use shared::bench::{Measured, record};

const MILLIS: u64 = 1_000;
const SECOND: f64 = 1e6;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result {
    // `cargo test` builds benches and starts them, too.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let core = *kernel::cores()?.first().ok_or("this process may use no core")?;
    first_in_first_out(core)?;
    shares_by_weight(core)
}

/// When each job ends.
fn first_in_first_out(core: usize) -> Result {
    if !Class::Fifo.is_allowed()? {
        eprintln!("SCHED_FIFO needs the capability CAP_SYS_NICE: it is left out");
        return Ok(());
    }
    let jobs = [("a", 60), ("b", 30), ("c", 30)]
        .map(|(name, millis)| Job::new(name, 0, millis * MILLIS));
    let simulated = Policy::FirstComeFirstServed.schedule(&jobs)?;
    let measured = kernel::run(Class::Fifo, &[core], &jobs)?;
    for (ours, theirs) in simulated.jobs.iter().zip(&measured.jobs) {
        let case = format!("fifo-end-of-{}", ours.name);
        compare(&case, ours.end as f64 / SECOND, theirs.end as f64 / SECOND);
    }
    Ok(())
}

/// Which part of a second each job has the core, while all of them compete.
fn shares_by_weight(core: usize) -> Result {
    let jobs = [("nice-0", 0), ("nice-5", 5), ("nice-10", 10)]
        .map(|(name, nice)| Job::new(name, 0, 1_000 * MILLIS).priority(nice));
    let simulated = Policy::Eevdf { slice: 3 * MILLIS }.schedule(&jobs)?;
    let measured = kernel::run(Class::Fair, &[core], &jobs)?;
    for (place, job) in jobs.iter().enumerate() {
        let case = format!("share-of-{}", job.name);
        compare(&case, share(&simulated, place), share(&measured, place));
    }
    Ok(())
}

fn share(schedule: &Schedule, job: usize) -> f64 {
    let first_end = schedule.jobs.iter().map(|job| job.end).min().unwrap_or_default();
    let all = 0..schedule.jobs.len();
    let together: u64 = all.map(|job| schedule.service(job, first_end)).sum();
    schedule.service(job, first_end) as f64 / together as f64
}

fn compare(case: &str, simulated: f64, measured: f64) {
    let off = (measured / simulated - 1.0) * 100.0;
    println!(
        "{case:16} simulator {simulated:.4} s, kernel {measured:.4} s, {off:+.1} %"
    );
    for (side, seconds) in [("simulator", simulated), ("kernel", measured)] {
        let bench = format!("{case}/{side}");
        record(&Measured { bench, ops: 1, seconds, cpu_seconds: seconds });
    }
}
