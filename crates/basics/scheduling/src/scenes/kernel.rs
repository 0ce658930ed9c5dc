//! N2.3: the kernel's own schedulers run the same jobs, beside the simulator.

use anyhow::Context as _;
use scheduling::kit::kernel::{self, Class};
use scheduling::{Job, Policy, Schedule};
use shared::{Result, claim, say};

pub fn play() -> Result {
    let core = *kernel::cores()?.first().context("this process may use no core")?;
    // The units are microseconds.
    let jobs = [("a", 50_000), ("b", 25_000), ("c", 25_000)]
        .map(|(name, burst)| Job::new(name, 0, burst));
    let fair = side_by_side(Class::Fair, core, &Policy::Eevdf { slice: 3_000 }, &jobs)?;
    let first_end = fair.jobs.iter().map(|job| job.end).min();
    claim!(
        fair.jobs.iter().map(|job| job.start).max() < first_end,
        "under SCHED_OTHER each job has had the core before the first one ends"
    );

    if !Class::Fifo.is_allowed()? {
        say!("SCHED_FIFO and SCHED_RR need CAP_SYS_NICE, which is missing here");
        return Ok(());
    }
    let policy = Policy::FirstComeFirstServed;
    let fifo = side_by_side(Class::Fifo, core, &policy, &jobs)?;
    claim!(
        fifo.order() == ["a", "b", "c"],
        "under SCHED_FIFO the jobs run one after the other, as in the simulator"
    );

    let quantum = kernel::quantum()?.as_micros() as u64;
    let jobs = ["a", "b"].map(|name| Job::new(name, 0, quantum * 7 / 5));
    let policy = Policy::round_robin(quantum);
    let turns = side_by_side(Class::RoundRobin, core, &policy, &jobs)?;
    claim!(
        turns.order() == ["a", "b", "a", "b"],
        "under SCHED_RR the jobs take turns, as in the simulator"
    );
    Ok(())
}

/// Prints the simulator's schedule above the kernel's, and returns the kernel's.
fn side_by_side(
    class: Class,
    core: usize,
    policy: &Policy,
    jobs: &[Job],
) -> Result<Schedule> {
    say!("the simulator: {policy}");
    let simulated = policy.schedule(jobs)?;
    for line in simulated.chart() {
        say!("{line}");
    }
    say!("the kernel: {class}");
    let measured = kernel::run(class, &[core], jobs)?;
    for line in measured.chart() {
        say!("{line}");
    }
    Ok(measured)
}
