//! N2.21: a run without a deadlock, and the report of the one that could have been.

use std::collections::BTreeSet;

use interleavings::thread::{self, Builder};
use interleavings::{Limits, explore};
use shared::{Result, claim, say};
use thread_locks::{Detector, Inversion, Lock, WouldDeadlock};

pub fn play() -> Result {
    // The second thread begins when the first has ended: nothing can happen to it.
    let (_, found) = eat(false);
    claim!(found.len() == 1, "one run without a deadlock was enough for one report");
    let cycle: Vec<_> = found.iter().flat_map(|report| &report.cycle).collect();
    for order in &cycle {
        say!("{order}");
    }
    let threads: BTreeSet<_> = cycle.iter().map(|order| &order.thread).collect();
    claim!(threads.into_iter().eq(["left", "right"]), "the report names both threads");
    let taken = || cycle.iter().flat_map(|order| [&order.first, &order.then]);
    let locks: BTreeSet<_> = taken().map(|taken| &taken.lock).collect();
    claim!(locks.into_iter().eq(["fork", "knife"]), "the report names both locks");
    let lines: BTreeSet<_> = taken().map(|taken| taken.place.line()).collect();
    claim!(
        lines.len() == 4,
        "the report names all four lines at which a lock is taken"
    );

    let report = explore(at_the_same_time, Limits::default())?;
    say!("at the same time: {report}");
    let [lucky, refused] = ["(0, 1)", "(1, 1)"]
        .map(|value| report.returned(value).map_or(0, |outcome| outcome.schedules));
    say!("{lucky} without an error, {refused} with one");
    claim!(report.failures == 0, "no schedule ends in a deadlock");
    claim!(refused > 0, "in some schedule a thread gets an error");
    claim!(
        lucky + refused == report.schedules,
        "every schedule has the report, those without an error too"
    );
    Ok(())
}

/// The two threads, together or one after the other: how many get an error, and what
/// the detector has to say.
fn eat(together: bool) -> (usize, Vec<Inversion>) {
    let detector = Detector::new();
    let fork = Lock::new(&detector, "fork", ());
    let knife = Lock::new(&detector, "knife", ());
    let left = || -> Result<(), WouldDeadlock> {
        let _fork = fork.lock()?;
        knife.lock().map(drop)
    };
    let right = || -> Result<(), WouldDeadlock> {
        let _knife = knife.lock()?;
        fork.lock().map(drop)
    };
    let named = |name: &str| Builder::new().name(name.to_owned());
    let results = thread::scope(|scope| {
        let left = named("left").spawn_scoped(scope, left).expect("a thread");
        if !together {
            while !left.is_finished() {
                thread::yield_now();
            }
        }
        let right = named("right").spawn_scoped(scope, right).expect("a thread");
        [left, right].map(|thread| thread.join().expect("no panic"))
    });
    let errors = results.iter().filter(|result| result.is_err()).count();
    (errors, detector.inversions())
}

pub fn at_the_same_time() -> (usize, usize) {
    let (errors, found) = eat(true);
    (errors, found.len())
}
