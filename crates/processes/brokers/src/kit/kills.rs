//! Consumers and brokers that are killed at random points, and what becomes of the
//! apples.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use processes::Event as Flag;
use shared::Result;
use shared::seed::Seed;

use super::Server;
use super::log::{Event, Log};
use crate::broker::Broker;
use crate::error::Error;
use crate::{RabbitMq, RedisList, RedisReliable, RedisStream, reconnect};

/// The time between two apples.
const PAUSE: Duration = Duration::from_millis(2);
/// How long a consumer takes for an apple at most, so that two have time to spare.
const BITE: Duration = Duration::from_millis(6);
/// How long a consumer lives at most, from its first apple.
const LIFE: Duration = Duration::from_millis(20);
/// How long a broker lives at most, from the first apple that it accepts.
const BROKER_LIFE: Duration = Duration::from_millis(200);
/// After how long an entry of a stream is taken over.
const CLAIM_AFTER: Duration = Duration::from_millis(500);
/// How long the last consumer waits for another apple: longer than any is in a hand.
const WAIT: Duration = Duration::from_secs(2);
/// How long the clients wait for a broker that was killed.
const PATIENCE: Duration = Duration::from_mins(1);
const QUEUE: &str = "apples";

/// How a consumer takes and acknowledges its apples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discipline {
    /// A list of Redis, `BLPOP`.
    List,
    /// A list of Redis, `BLMOVE` into a list of the consumer's own.
    Reliable,
    /// A stream of Redis with a consumer group, claimed after half a second.
    Stream,
    /// RabbitMQ, acknowledged when it is sent.
    Automatic,
    /// RabbitMQ, acknowledged by the consumer.
    Manual,
}

/// What became of the apples.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How many the broker has accepted.
    pub accepted: usize,
    /// How many of those no consumer has eaten.
    pub lost: usize,
    /// How many were eaten more than once.
    pub twice: usize,
    /// For each apple that a killed consumer had got and another got later: the time
    /// from the kill, in ascending order.
    pub delays: Vec<Duration>,
}

impl Discipline {
    fn connect(self, url: &str) -> Result<Box<dyn Broker>, Error> {
        Ok(match self {
            Self::List => Box::new(RedisList::connect(url, "list")?),
            Self::Reliable => Box::new(RedisReliable::connect(url, "reliable")?),
            Self::Stream => {
                let stream = RedisStream::connect(url, "stream")?;
                Box::new(stream.claim_after(CLAIM_AFTER))
            }
            Self::Automatic => {
                Box::new(RabbitMq::connect(url, "automatic")?.acknowledged_when_sent())
            }
            Self::Manual => Box::new(RabbitMq::connect(url, "manual")?),
        })
    }
}

/// Two consumers eat what a producer puts. One of them is killed by SIGKILL at a random
/// point, and another takes its place, so many times.
///
/// # Errors
/// If any of them fails.
pub fn consumers(
    server: &Server,
    discipline: Discipline,
    kills: u32,
    seed: Seed,
) -> Result<Outcome> {
    let (log, url) = (&Log::new()?, &server.url());
    let connect = || discipline.connect(url);
    let (enough, over) = (&Flag::new()?, &Flag::new()?);
    let (mut random, family) = (seed.rng("kills"), server.family());
    let mut killed = HashMap::new();
    let producer = family.spawn("producer", || {
        let mut apples = connect()?;
        for number in 0.. {
            if enough.is_set() {
                break;
            }
            put(&mut *apples, number, log)?;
            std::thread::sleep(PAUSE);
        }
        Ok::<(), anyhow::Error>(())
    })?;
    let survivor = family
        .spawn("y", || eat("y", &mut *connect()?, log, over, &mut seed.rng("y")))?;
    for number in 0..kills {
        let name = &format!("x{number}");
        let begun = &Flag::new()?;
        let victim = family.spawn(name, || {
            let mut apples = connect()?;
            bite(name, &mut *apples, log, &mut seed.rng(name))?;
            begun.set();
            eat(name, &mut *apples, log, over, &mut seed.rng(name))
        })?;
        family.wait_for(begun)?;
        std::thread::sleep(up_to(LIFE, &mut random));
        let at = log.now();
        victim.kill()?;
        let _killed = victim.join()?;
        killed.insert(name.clone(), at);
    }
    enough.set();
    family.join_these(&[producer])?;
    over.set();
    family.join_these(&[survivor])?;
    count(log, &killed)
}

/// A consumer eats what a producer puts. Their broker is killed by SIGKILL at a random
/// point and started again, so many times; both connect to it again.
///
/// # Errors
/// If either does not get its broker back, or fails otherwise.
pub fn brokers(
    server: &Server,
    scheme: &str,
    kills: u32,
    seed: Seed,
) -> Result<Outcome> {
    let log = &Log::new()?;
    let url = server.url();
    let (_, rest) = url.split_once(':').unwrap_or_default();
    let url = &format!("{scheme}:{rest}");
    let connect = || reconnect(url, QUEUE, PATIENCE, |_| {});
    let (enough, over, accepted) = (&Flag::new()?, &Flag::new()?, &Flag::new()?);
    let (mut random, family) = (seed.rng("kills"), server.family());
    let producer = family.spawn("producer", || {
        let mut apples = connect()?;
        for number in 0.. {
            if enough.is_set() {
                break;
            }
            while let Err(error) = put(&mut *apples, number, log) {
                is_gone(error)?;
                apples = connect()?;
            }
            accepted.set();
            std::thread::sleep(PAUSE);
        }
        Ok::<(), anyhow::Error>(())
    })?;
    let consumer = family.spawn("y", || {
        let mut random = seed.rng("y");
        let mut apples = connect()?;
        while let Err(error) = eat("y", &mut *apples, log, over, &mut random) {
            is_gone(error)?;
            apples = connect()?;
        }
        Ok::<(), anyhow::Error>(())
    })?;
    for _ in 0..kills {
        accepted.clear();
        family.wait_for(accepted)?;
        std::thread::sleep(up_to(BROKER_LIFE, &mut random));
        server.kill()?;
        server.start_again()?;
    }
    // It has the last broker back.
    accepted.clear();
    family.wait_for(accepted)?;
    enough.set();
    family.join_these(&[producer])?;
    over.set();
    family.join_these(&[consumer])?;
    count(log, &HashMap::new())
}

/// Any error but that the broker is gone.
fn is_gone(error: anyhow::Error) -> Result {
    match error.downcast_ref::<Error>() {
        Some(gone) if gone.is_gone() => Ok(()),
        _ => Err(error),
    }
}

fn put(apples: &mut dyn Broker, number: u32, log: &Log) -> Result {
    let apple = format!("apple {number}");
    apples.put(apple.as_bytes())?;
    log.write("producer", Event::Accepted, &apple)
}

/// Eats until all is over and nothing more comes.
fn eat(
    name: &str,
    apples: &mut dyn Broker,
    log: &Log,
    over: &Flag,
    random: &mut fastrand::Rng,
) -> Result {
    loop {
        let last = over.is_set();
        if !bite(name, apples, log, random)? && last {
            return Ok(());
        }
    }
}

/// Eats one apple, if one comes.
fn bite(
    name: &str,
    apples: &mut dyn Broker,
    log: &Log,
    random: &mut fastrand::Rng,
) -> Result<bool> {
    let Some(apple) = apples.get(WAIT)? else { return Ok(false) };
    log.write(name, Event::Got, &apple.text())?;
    std::thread::sleep(up_to(BITE, random));
    log.write(name, Event::Eaten, &apple.text())?;
    apples.ack(apple)?;
    Ok(true)
}

fn up_to(most: Duration, random: &mut fastrand::Rng) -> Duration {
    most.mul_f64(random.f64())
}

/// What became of the apples, with the time of each kill.
fn count(log: &Log, killed: &HashMap<String, Duration>) -> Result<Outcome> {
    let lines = log.lines()?;
    let of = |event| lines.iter().filter(move |line| line.event == event);
    let mut eaten: HashMap<&str, usize> = HashMap::new();
    for line in of(Event::Eaten) {
        *eaten.entry(&line.apple).or_default() += 1;
    }
    let accepted: HashSet<&str> =
        of(Event::Accepted).map(|line| &*line.apple).collect();
    // The last one that had each apple.
    let mut holders: HashMap<&str, &str> = HashMap::new();
    let mut delays = Vec::new();
    for line in of(Event::Got) {
        let before = holders.insert(&line.apple, &line.process);
        if let Some(at) = before.and_then(|name| killed.get(name)) {
            delays.push(line.at.saturating_sub(*at));
        }
    }
    delays.sort();
    Ok(Outcome {
        accepted: accepted.len(),
        lost: accepted.iter().filter(|apple| !eaten.contains_key(**apple)).count(),
        twice: eaten.values().filter(|times| **times > 1).count(),
        delays,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apples_are_counted() {
        let log = Log::new().unwrap();
        for apple in ["once", "twice", "lost", "passed on"] {
            log.write("producer", Event::Accepted, apple).unwrap();
        }
        for (name, apple, is_eaten) in [
            ("y", "once", true),
            ("x", "twice", true),
            ("x", "lost", false),
            ("x", "passed on", false),
        ] {
            log.write(name, Event::Got, apple).unwrap();
            if is_eaten {
                log.write(name, Event::Eaten, apple).unwrap();
            }
        }
        let killed = HashMap::from([("x".to_owned(), log.now())]);
        for apple in ["twice", "passed on"] {
            log.write("y", Event::Got, apple).unwrap();
            log.write("y", Event::Eaten, apple).unwrap();
        }
        let Outcome { accepted, lost, twice, delays } = count(&log, &killed).unwrap();
        assert_eq!((accepted, lost, twice, delays.len()), (4, 1, 1, 2));
        assert!(!delays[0].is_zero() && delays[1] < log.now());
    }
}
