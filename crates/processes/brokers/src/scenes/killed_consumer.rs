//! N2.14: a consumer is killed with an apple in hand: lost, or eaten by another.

use brokers::{Broker, Error, Memcached, RedisList, RedisReliable, RedisStream, kit};
use processes::Event;
use producer_consumer::ProcessQueue;
use shared::{Result, claim, pace, say};

type Eaten = ProcessQueue<String>;

const BOTH: [&str; 2] = ["apple 0, bitten by another", "apple 1"];

pub fn play() -> Result {
    kit::redis(false, |redis| {
        let url = &redis.url();
        let eaten = kill(5.0, || RedisList::connect(url, "list"))?;
        claim!(eaten == ["apple 1"], "the apple that x took from the list died with x");

        // The connection of x, which has the name of its list, is gone.
        let eaten = kill(30.0, || RedisReliable::connect(url, "reliable"))?;
        claim!(eaten == BOTH, "y took over the apple that x had moved to its own list");

        // To a stream x is a name without a connection. Only time tells that x is dead.
        let eaten = kill(30.0, || {
            Ok(RedisStream::connect(url, "stream")?.claim_after(pace::secs(3.0)))
        })?;
        claim!(eaten == BOTH, "y took over the apple that x had read from the stream");
        Ok(())
    })?;
    kit::memcached(64, |memcached| {
        let url = &memcached.url();
        let eaten = kill(30.0, || Ok(Memcached::connect(url, "keys")?.lock_for(1)))?;
        claim!(
            eaten == BOTH,
            "y took the apple that x had locked in Memcached when the lock expired"
        );
        Ok(())
    })
}

/// Kills x with the first of two apples in hand, and returns what y has eaten.
fn kill<B: Broker>(
    patience: f64,
    connect: impl Fn() -> Result<B, Error>,
) -> Result<Vec<String>> {
    let (eaten, has_begun) = (Eaten::new(0)?, Event::new()?);
    let mut apples = connect()?;
    apples.put(b"apple 0")?;
    apples.put(b"apple 1")?;
    processes::scope(|family| {
        let x = family.spawn("x", || bite(&mut connect()?, &has_begun))?;
        family.wait_for(&has_begun)?;
        x.kill()?;
        let _killed = x.join()?;
        family.spawn("y", || eat(&mut connect()?, &eaten, patience))?;
        family.join()?;
        let mut eaten = eaten.drain().collect::<Result<Vec<_>, _>>()?;
        eaten.sort();
        Ok(eaten)
    })
}

fn bite(apples: &mut impl Broker, has_begun: &Event) -> Result {
    let apple = apples.get(pace::secs(30.0))?;
    say!("x bites into {}", apple.as_ref().map_or("nothing".into(), |it| it.text()));
    has_begun.set();
    processes::pause()
}

fn eat(apples: &mut impl Broker, eaten: &Eaten, patience: f64) -> Result {
    for _ in 0..2 {
        let Some(apple) = apples.get(pace::secs(patience))? else { break };
        let bitten = if apple.redelivered { ", bitten by another" } else { "" };
        let text = format!("{}{bitten}", apple.text());
        say!("y eats {text}");
        apples.ack(apple)?;
        eaten.put(text)?;
    }
    Ok(())
}
