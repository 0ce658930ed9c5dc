//! The cores that a thread may run on.

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

/// Confines this thread, and the threads that it starts from now on, to the first core
/// that it may run on.
///
/// Two threads that answer each other do so several times as fast on one core as on
/// two: waking a thread on an idle core takes tens of microseconds, and the kernel
/// charges part of that to the thread that wakes. A comparison of servers by the
/// processor's time is steady only without it.
///
/// # Errors
///
/// The kernel's error, if it refuses.
pub fn share_one_core() -> nix::Result<()> {
    usable_cores()?.first().map_or(Ok(()), |core| stay_on(*core))
}

/// The cores that this thread may run on, by number.
///
/// # Errors
///
/// The kernel's error, if it refuses.
pub fn usable_cores() -> nix::Result<Vec<usize>> {
    let usable = sched_getaffinity(Pid::from_raw(0))?;
    let mut cores = Vec::new();
    for core in 0..CpuSet::count() {
        if usable.is_set(core)? {
            cores.push(core);
        }
    }
    Ok(cores)
}

/// Confines this thread, and the threads and processes that it starts from now on, to
/// one core.
///
/// # Errors
///
/// The kernel's error, if it refuses: there is no such core, or it may not be used.
pub fn stay_on(core: usize) -> nix::Result<()> {
    let mut one = CpuSet::new();
    one.set(core)?;
    sched_setaffinity(Pid::from_raw(0), &one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_and_those_it_starts_run_on_one_core() {
        std::thread::spawn(|| {
            share_one_core().expect("confined");
            let cores = std::thread::spawn(std::thread::available_parallelism);
            assert_eq!(cores.join().expect("no panic").expect("counted").get(), 1);
        })
        .join()
        .expect("no panic");
    }

    #[test]
    fn a_thread_stays_on_the_core_that_it_is_given() {
        for core in usable_cores().expect("counted") {
            std::thread::spawn(move || {
                stay_on(core).expect("confined");
                assert_eq!(usable_cores().expect("counted"), [core]);
            })
            .join()
            .expect("no panic");
        }
    }
}
