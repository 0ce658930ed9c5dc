//! N2.24, N2.25: `map` gives fifty screws in order, callbacks give them as made.

use std::sync::mpsc;

use executors::{Executor as _, Outcome, ProcessPoolExecutor};
use shared::seed::{self, Seed};
use shared::{Result, claim, pace, say};

pub fn play() -> Result {
    let seed = seed::announce();
    processes::scope(|family| {
        let pool = ProcessPoolExecutor::new(family, 4)?;
        // An iterator, as in the note: nothing is made before the first `next`.
        let made = pool.map(make, times(seed));
        let mut in_order = Vec::new();
        for screw in made {
            in_order.push(screw?);
        }
        for ten in in_order.chunks(10) {
            say!("map: {ten:?}");
        }
        claim!(
            in_order.into_iter().eq(0..50),
            "map gave all fifty screws in the order of their numbers"
        );

        let (sender, screws) = mpsc::channel();
        for screw in times(seed) {
            let sender = sender.clone();
            pool.submit(make, screw)?.add_done_callback(move |made: &Outcome<u32>| {
                // The receiver lives until the end of the scene.
                let _ = made.as_ref().map(|&screw| sender.send(screw));
            });
        }
        // Waits for all tasks, and calls the callbacks meanwhile.
        pool.shutdown()?;
        let mut as_made: Vec<u32> = screws.try_iter().collect();
        say!("all screws are made");
        claim!(
            !as_made.is_sorted(),
            "the callbacks were not called in the order in which the tasks were \
             submitted"
        );
        as_made.sort_unstable();
        claim!(
            as_made.into_iter().eq(0..50),
            "a callback was called once for each of the fifty screws"
        );
        Ok(())
    })
}

/// Each screw, and how long it takes.
fn times(seed: Seed) -> impl Iterator<Item = (u32, f64)> {
    let mut random = seed.rng("screws");
    (0..50).map(move |screw| (screw, random.f64()))
}

fn make((screw, seconds): (u32, f64)) -> u32 {
    pace::sleep(seconds);
    screw
}
