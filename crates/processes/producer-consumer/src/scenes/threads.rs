//! N2.12: the same with threads: a closed channel takes the place of the stop values.

use std::thread::{Builder, scope};

use crossbeam::channel::{Receiver, Sender, unbounded};
use shared::seed::{self, Seed};
use shared::{Result, claim, pace, say};

pub fn play() -> Result {
    let seed = seed::announce();
    let (harvested, apples) = unbounded();
    let (eaten, plates) = unbounded();
    scope(|threads| {
        let named = |name: &str| Builder::new().name(name.to_owned());
        // The sender moves into the producer and is dropped with it. That ends the
        // channel, and with it the loops of the consumers, however many they are: there
        // is nothing to count, and nothing to forget.
        named("producer").spawn_scoped(threads, move || harvest(&harvested, seed))?;
        for name in ["x", "y", "z"] {
            let (apples, eaten) = (&apples, &eaten);
            named(name)
                .spawn_scoped(threads, move || eat(name, apples, eaten, seed))?;
        }
        Ok::<(), std::io::Error>(())
    })?;

    let mut eaten: Vec<u32> = plates.try_iter().collect();
    eaten.sort_unstable();
    claim!(eaten.into_iter().eq(0..10), "each of the ten apples was eaten once");
    Ok(())
}

fn harvest(apples: &Sender<u32>, seed: Seed) -> Result {
    let mut random = seed.rng("producer");
    for apple in 0..10 {
        pace::sleep(random.f64());
        say!("+++apple {apple}");
        apples.send(apple)?;
    }
    Ok(())
}

fn eat(name: &str, apples: &Receiver<u32>, eaten: &Sender<u32>, seed: Seed) -> Result {
    let mut random = seed.rng(name);
    for apple in apples {
        pace::sleep(1.0 + random.f64());
        say!("{name}---apple {apple}");
        eaten.send(apple)?;
    }
    Ok(())
}
