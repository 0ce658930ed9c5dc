//! A barrier between real processes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use processes::{
    Error, Exit, ProcessBarrier, SIGKILL, SharedMemory, State, scope, state,
};

tests::main! {
    a_barrier_for_no_process_is_refused,
    no_process_passes_before_all_have_come,
    the_death_of_a_process_that_has_come_delays_no_other,
}

fn a_barrier_for_no_process_is_refused() {
    assert_eq!(
        ProcessBarrier::new(0).unwrap_err().to_string(),
        "a barrier is for one process at least"
    );
}

fn no_process_passes_before_all_have_come() -> Result<(), Error> {
    const ROUNDS: u32 = 100;
    let barrier = ProcessBarrier::new(4).unwrap();
    let arrived = SharedMemory::new(AtomicU32::new(0), 0).unwrap();
    scope(|family| {
        for name in ["a", "b", "c", "d"] {
            family.spawn(name, || {
                for round in 1..=ROUNDS {
                    arrived.fetch_add(1, Relaxed);
                    barrier.wait();
                    let here = arrived.load(Relaxed);
                    assert!(here >= 4 * round, "{here} were there in round {round}");
                }
            })?;
        }
        family.join()
    })
}

fn the_death_of_a_process_that_has_come_delays_no_other() {
    const LONG: Duration = Duration::from_secs(20);
    let barrier = ProcessBarrier::new(3).unwrap();
    // Several rounds, so that a pass that the dead process left would be seen.
    for _ in 0..3 {
        scope(|family| {
            let victim = family.spawn("victim", || barrier.wait())?;
            // Nothing on its way to the barrier makes it sleep.
            while state(victim.pid())? != Some(State::Sleeping) {
                std::thread::yield_now();
            }
            victim.kill()?;
            assert_eq!(victim.join()?, Exit::Killed(SIGKILL));
            let first = family.spawn("first", || barrier.wait())?;
            assert_eq!(first.join_timeout(Duration::from_millis(50))?, None);
            let last = family.spawn("last", || barrier.wait())?;
            assert_eq!(first.join_timeout(LONG)?, Some(Exit::Ok));
            assert_eq!(last.join_timeout(LONG)?, Some(Exit::Ok));
            Ok::<(), Box<dyn std::error::Error>>(())
        })
        .unwrap();
    }
}
