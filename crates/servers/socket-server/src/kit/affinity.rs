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
    let this_thread = Pid::from_raw(0);
    let usable = sched_getaffinity(this_thread)?;
    let mut one = CpuSet::new();
    for core in 0..CpuSet::count() {
        if usable.is_set(core)? {
            one.set(core)?;
            break;
        }
    }
    sched_setaffinity(this_thread, &one)
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
}
