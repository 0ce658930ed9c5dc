//! N2.13: the same with threads, which cannot be killed one by one: a count is enough.

use std::panic::resume_unwind;
use std::thread::{Builder, scope};

use crossbeam::channel::{Sender, unbounded};
use shared::seed::{self, Seed};
use shared::{Result, claim, pace, say};
use thread_queues::Queue;

type Apples = Queue<u32>;

pub fn play() -> Result {
    let seed = seed::announce();
    let apples = Apples::new(0);
    let (eaten, plates) = unbounded();
    scope(|threads| {
        let named = |name: &str| Builder::new().name(name.to_owned());
        let producer = named("producer").spawn_scoped(threads, || {
            let harvested = harvest(&apples, seed);
            // A thread cannot be terminated, so the consumers are no daemons: this is
            // what ends them.
            apples.shutdown(false);
            harvested
        })?;
        for name in ["x", "y", "z"] {
            let (apples, eaten) = (&apples, eaten.clone());
            named(name)
                .spawn_scoped(threads, move || eat(name, apples, &eaten, seed))?;
        }
        producer.join().unwrap_or_else(|panic| resume_unwind(panic))?;
        claim!(
            apples.unfinished() == 0,
            "no apple is unfinished when the producer has joined the queue"
        );
        let mut eaten: Vec<u32> = plates.try_iter().collect();
        eaten.sort_unstable();
        claim!(
            eaten.into_iter().eq(0..10),
            "each of the ten apples was eaten once before the producer ended"
        );
        Ok(())
    })
}

fn harvest(apples: &Apples, seed: Seed) -> Result {
    let mut random = seed.rng("producer");
    for apple in 0..10 {
        pace::sleep(random.f64());
        say!("+++apple {apple}");
        apples.put(apple)?;
    }
    apples.join();
    Ok(())
}

fn eat(name: &str, apples: &Apples, eaten: &Sender<u32>, seed: Seed) -> Result {
    let mut random = seed.rng(name);
    for apple in apples {
        pace::sleep(1.0 + random.f64());
        say!("{name}--apple {apple}");
        eaten.send(apple)?;
        apples.task_done()?;
    }
    Ok(())
}
