//! Processes killed by SIGKILL in the middle of an operation.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::time::{Duration, Instant};

use processes::{Error, Exit, Process, SIGKILL, SharedMemory, State, scope, state};
use producer_consumer::{EventCount, Ring};

/// How many processes each test kills.
const KILLS: usize = 100;

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(30);

tests::main! {
    a_process_that_is_never_woken_looks_again => Duration::from_mins(2),
    a_loan_of_a_record_refuses_to_start_a_process,
    a_consumer_killed_at_its_work_leaves_the_record => Duration::from_mins(2),
    a_producer_killed_while_it_copies_leaves_no_half_record => Duration::from_mins(2),
    a_consumer_killed_while_it_copies_leaves_the_record => Duration::from_mins(2),
}

/// As if the process that made it ready had been killed before it could wake another.
fn a_process_that_is_never_woken_looks_again() -> Result<(), Error> {
    let arrived = SharedMemory::new(EventCount::new(), 0).unwrap();
    let ready = SharedMemory::new(AtomicBool::new(false), 0).unwrap();
    scope(|family| {
        let waiter = family.spawn("waiter", || {
            assert!(arrived.wait("for an item", None, || ready.load(SeqCst)));
        })?;
        while state(waiter.pid()).unwrap() != Some(State::Sleeping) {
            std::thread::yield_now();
        }
        ready.store(true, SeqCst);
        assert_eq!(waiter.join_timeout(LONG)?, Some(Exit::Ok));
        Ok(())
    })
}

/// The child would have the loan after its end, while producers write to the memory.
fn a_loan_of_a_record_refuses_to_start_a_process() -> Result<(), Error> {
    let ring = Ring::new(1).unwrap();
    ring.push(b"apple", None).unwrap();
    scope(|family| {
        let refused = ring.pop(None, |_| family.spawn("child", || ())).unwrap();
        assert!(matches!(refused, Err(Error::Held { .. })), "{refused:?}");
        // There is no loan any more, and none after a panic.
        ring.push(b"pear", None).unwrap();
        let panic = || ring.pop(None, |_| panic!("with the loan"));
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(panic)).is_err());
        family.spawn("child", || ()).map(drop)
    })
}

fn a_consumer_killed_at_its_work_leaves_the_record() -> Result<(), Error> {
    let ring = Ring::new(1).unwrap();
    scope(|family| {
        for number in 0..KILLS as u32 {
            ring.push(&long_record(number), None).unwrap();
            let consumer =
                family.spawn("consumer", || ring.pop(None, |_| die()).unwrap())?;
            assert_eq!(consumer.join()?, Exit::Killed(SIGKILL));
            assert_eq!(ring.len(), 1);
            assert!(pop(&ring) == Some(long_record(number)));
        }
        assert_eq!(ring.deaths() as usize, KILLS);
        Ok(())
    })
}

fn a_producer_killed_while_it_copies_leaves_no_half_record() -> Result<(), Error> {
    let mut random = shared::seed::announce().rng("producers");
    let (ring, put) = (
        Ring::new(u32::MAX).unwrap(),
        SharedMemory::new(AtomicU32::new(0), 0).unwrap(),
    );
    let mut popped = 0;
    scope(|family| {
        for _ in 0..KILLS {
            let producer = family.spawn("producer", || {
                while ring.push(&long_record(put.load(SeqCst)), None).is_ok() {
                    put.fetch_add(1, SeqCst);
                }
            })?;
            kill_at_random(&producer, &mut random)?;
            while let Some(record) = pop(&ring) {
                assert!(
                    record == long_record(popped),
                    "record {popped} is torn, lost or out of turn"
                );
                popped += 1;
            }
            // The last one may have been pushed and not been counted yet.
            assert!(popped - put.swap(popped, SeqCst) <= 1);
        }
        assert!(
            ring.deaths() as usize > KILLS / 10,
            "only {} were killed in the middle",
            ring.deaths()
        );
        Ok(())
    })
}

fn a_consumer_killed_while_it_copies_leaves_the_record() -> Result<(), Error> {
    let mut random = shared::seed::announce().rng("consumers");
    let (ring, got) =
        (Ring::new(40).unwrap(), SharedMemory::new(AtomicU32::new(0), 0).unwrap());
    let mut pushed = 0;
    scope(|family| {
        for _ in 0..KILLS {
            while ring.push(&long_record(pushed), None).is_ok() {
                pushed += 1;
            }
            let consumer = family.spawn("consumer", || {
                while let Some(record) = pop(&ring) {
                    let number = got.fetch_add(1, SeqCst);
                    assert!(
                        record == long_record(number),
                        "record {number} is torn, lost or out of turn"
                    );
                }
            })?;
            kill_at_random(&consumer, &mut random)?;
            // The last one may have been popped and not been counted yet.
            let popped = pushed - ring.len() as u32;
            assert!(popped - got.swap(popped, SeqCst) <= 1);
        }
        assert!(
            ring.deaths() as usize > KILLS / 10,
            "only {} were killed in the middle",
            ring.deaths()
        );
        Ok(())
    })
}

/// So long that a process does little else than copy such records, and is mostly killed
/// while it does.
fn long_record(number: u32) -> Vec<u8> {
    vec![number as u8; 256 << 10]
}

fn pop(ring: &Ring) -> Option<Vec<u8>> {
    ring.pop(Some(Instant::now() + LONG), |record| {
        let mut bytes = Vec::new();
        record.copy_to(&mut bytes);
        bytes
    })
}

fn kill_at_random(victim: &Process, random: &mut fastrand::Rng) -> Result<(), Error> {
    victim.join_timeout(Duration::from_micros(random.u64(..3000)))?;
    victim.kill()?;
    // It may have come to its end before.
    assert!(matches!(victim.join()?, Exit::Ok | Exit::Killed(SIGKILL)));
    Ok(())
}

fn die() {
    nix::sys::signal::raise(nix::sys::signal::SIGKILL).unwrap();
}
