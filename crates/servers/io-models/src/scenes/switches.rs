//! N3.8: a thread that waits gives up its core; one that computes has it taken away.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread;

use io_models::kit::{Work, measured_many};
use io_models::{Kernel, Meter, Spent};
use shared::{Result, claim, say, trace};
use socket_server::kit::share_one_core;

const READS: usize = 20;
/// The turns that the rival takes, each of a hundred steps of work.
const TURNS: u64 = 500;

pub fn play() -> Result {
    let ((), waits) = measured_many(READS, |kernel, sources| {
        for source in sources.iter().rev() {
            kernel.recv(source, &mut [0; 1024])?;
        }
        Ok(())
    })?;
    say!("waits: {} by itself, {} taken", waits.voluntary, waits.involuntary);
    claim!(
        waits.voluntary >= READS as u64,
        "a thread that waits for {READS} reads gives up its core {READS} times or more"
    );

    let computes = compute_beside_a_rival()?;
    say!("computes: {} by itself, {} taken", computes.voluntary, computes.involuntary);
    claim!(
        computes.involuntary >= 1,
        "a thread that computes beside a rival on one core has the core taken away"
    );
    claim!(
        computes.involuntary > computes.voluntary,
        "a thread that computes has its core taken away more often than it gives it up"
    );
    Ok(())
}

/// Computes until the rival has had its turns: on one core, it has them only while this
/// thread is switched away from.
fn compute_beside_a_rival() -> Result<Spent> {
    share_one_core()?;
    let (turns, done) = (AtomicU64::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        let rival = thread::Builder::new().name("rival".to_owned());
        rival.spawn_scoped(scope, || {
            let _computes = trace::span("computes");
            let work = Work::new();
            while !done.load(SeqCst) {
                (0..100).for_each(|_| work.step());
                turns.fetch_add(1, SeqCst);
            }
        })?;
        let _computes = trace::span("computes");
        let kernel = Kernel::new();
        let (meter, work) = (Meter::begin(&kernel)?, Work::new());
        while turns.load(SeqCst) < TURNS {
            work.step();
        }
        let spent = meter.end();
        done.store(true, SeqCst);
        Ok(spent?)
    })
}
