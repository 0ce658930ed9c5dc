//! N2.14: three consumers eat ten apples from a list of Redis, then from a stream.

use brokers::{Broker, Error, RedisList, RedisStream, kit};
use producer_consumer::ProcessQueue;
use shared::seed::{self, Seed};
use shared::{Result, claim, pace, say};

type Eaten = ProcessQueue<String>;

pub fn play() -> Result {
    let seed = seed::announce();
    kit::redis(false, |redis| {
        let url = &redis.url();
        let all: Vec<_> = (0..10).map(|apple| format!("apple {apple}")).collect();
        let eaten = pass(&all, seed, || RedisList::connect(url, "list"))?;
        claim!(eaten == all, "each of the ten apples of the list was eaten once");

        let eaten = pass(&all, seed, || RedisStream::connect(url, "stream"))?;
        claim!(eaten == all, "each of the ten apples of the stream was eaten once");
        claim!(
            RedisStream::connect(url, "stream")?.unfinished()? == 0,
            "Redis keeps no apple of the stream that was acknowledged"
        );
        Ok(())
    })
}

/// Each process has a connection of its own, as if it were on another machine.
fn pass<B: Broker>(
    all: &[String],
    seed: Seed,
    connect: impl Fn() -> Result<B, Error>,
) -> Result<Vec<String>> {
    let eaten = Eaten::new(0)?;
    processes::scope(|family| {
        let producer =
            family.spawn("producer", || harvest(all, &mut connect()?, seed))?;
        for name in ["x", "y", "z"] {
            family.daemon(name, || eat(name, &mut connect()?, &eaten, seed))?;
        }
        family.join_these(&[producer])?;
        // No broker tells a producer when all is done: the consumers have to.
        let mut apples: Vec<_> = all
            .iter()
            .map_while(|_| eaten.get_timeout(pace::secs(30.0)).ok())
            .collect();
        apples.sort();
        Ok(apples)
    })
}

fn harvest(all: &[String], apples: &mut impl Broker, seed: Seed) -> Result {
    let mut random = seed.rng("producer");
    for apple in all {
        pace::sleep(random.f64());
        say!("+++{apple}");
        apples.put(apple.as_bytes())?;
    }
    Ok(())
}

fn eat(name: &str, apples: &mut impl Broker, eaten: &Eaten, seed: Seed) -> Result {
    let mut random = seed.rng(name);
    loop {
        let Some(apple) = apples.get(pace::secs(30.0))? else { continue };
        pace::sleep(1.0 + random.f64());
        say!("{name}--{}", apple.text());
        let text = apple.text().into_owned();
        // To a broker this is what task_done was to the queue.
        apples.ack(apple)?;
        eaten.put(text)?;
    }
}
