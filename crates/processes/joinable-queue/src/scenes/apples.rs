//! N2.13: the producer joins the queue, so it ends when its ten apples are eaten.

use joinable_queue::JoinableQueue;
use processes::{Exit, SIGTERM};
use producer_consumer::ProcessQueue;
use shared::seed::{self, Seed};
use shared::{Result, claim, pace, say};

type Apples = JoinableQueue<u32>;
type Eaten = ProcessQueue<u32>;

pub fn play() -> Result {
    let seed = seed::announce();
    let (apples, eaten) = (Apples::new(0)?, Eaten::new(0)?);
    let consumers = processes::scope(|family| -> Result<_> {
        let producer = family.spawn("producer", || harvest(&apples, seed))?;
        let mut consumers = Vec::new();
        for name in ["x", "y", "z"] {
            consumers.push(family.daemon(name, || eat(name, &apples, &eaten, seed))?);
        }
        // Unlike `producer.join()` it also ends, with an error, when a consumer fails:
        // without consumers the producer would wait for ever.
        family.join_these(&[producer])?;
        claim!(
            apples.unfinished() == 0,
            "no apple is unfinished when the producer has joined the queue"
        );
        let mut eaten: Vec<u32> = eaten.drain().collect::<Result<_, _>>()?;
        eaten.sort_unstable();
        claim!(
            eaten.into_iter().eq(0..10),
            "each of the ten apples was eaten once before the producer ended"
        );
        // The consumers wait for an eleventh apple. There is no stop value: the end of
        // the scope terminates them, as the end of the program does in the note.
        Ok(consumers)
    })?;
    for consumer in consumers {
        let name = consumer.name();
        claim!(
            consumer.join()? == Exit::Killed(SIGTERM),
            "SIGTERM ended consumer {name}"
        );
    }
    Ok(())
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

fn eat(name: &str, apples: &Apples, eaten: &Eaten, seed: Seed) -> Result {
    let mut random = seed.rng(name);
    loop {
        let apple = apples.get()?;
        pace::sleep(1.0 + random.f64());
        say!("{name}--apple {}", *apple);
        eaten.put(*apple)?;
        // Only now, not when it was got: until then the producer waits.
        apple.done();
    }
}
