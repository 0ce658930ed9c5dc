//! N2.13: the producer waits until its ten apples are eaten; consumers are daemons.

use joinable_queue::JoinableQueue;
use producer_consumer::ProcessQueue;
use shared::seed::{self, Seed};
use shared::{Result, claim, pace, say, trace};

pub fn play() -> Result {
    let seed = seed::announce();
    let (apples, eaten) = (JoinableQueue::new(0)?, ProcessQueue::new(0)?);
    processes::scope(|family| {
        let producer = family.spawn("producer", || harvest(&apples, seed))?;
        let mut consumers = Vec::new();
        for name in ["x", "y", "z"] {
            consumers.push(family.daemon(name, || eat(name, &apples, &eaten, seed))?);
        }
        // Or until somebody dies: without consumers it would wait for ever.
        family.join_these(&[producer])?;
        claim!(
            apples.unfinished() == 0,
            "no apple is unfinished when the producer has joined the queue"
        );
        let mut eaten: Vec<u32> = eaten.drain().collect::<Result<_, _>>()?;
        eaten.sort_unstable();
        claim!(eaten.into_iter().eq(0..10), "every apple was eaten, and none twice");

        // They wait for an eleventh apple. No stop value tells them to end: the end of
        // the scope does, as in the note.
        let still_there =
            consumers.iter().all(|consumer| matches!(consumer.is_alive(), Ok(true)));
        claim!(still_there, "the consumers are still there, and end with the scope");
        Ok(())
    })
}

fn harvest(apples: &JoinableQueue<u32>, seed: Seed) -> Result {
    let mut random = seed.rng("producer");
    for apple in 0..10 {
        pace::sleep(random.f64());
        say!("+++apple {apple}");
        apples.put(apple)?;
    }
    apples.join();
    Ok(())
}

fn eat(
    name: &str,
    apples: &JoinableQueue<u32>,
    eaten: &ProcessQueue<u32>,
    seed: Seed,
) -> Result {
    let mut random = seed.rng(name);
    loop {
        let apple = apples.get()?;
        let _eating = trace::span(&format!("eats apple {}", *apple));
        pace::sleep(1.0 + random.f64());
        say!("{name}--apple {}", *apple);
        eaten.put(*apple)?;
        // Only now, not when it was got: until then the producer waits.
        apple.done();
    }
}
