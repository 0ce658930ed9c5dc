//! N2.14: ten apples over RabbitMQ, which gives the apple of a killed consumer away.

use brokers::{Broker, RabbitMq, kit};
use processes::Event;
use producer_consumer::ProcessQueue;
use shared::seed::{self, Seed};
use shared::{Result, claim, pace, say};

/// Each apple that was eaten, and whether it was redelivered.
type Eaten = ProcessQueue<(String, bool)>;

pub fn play() -> Result {
    let seed = seed::announce();
    kit::rabbitmq(|rabbitmq| {
        // Only children connect. The client has threads, and main still has to fork.
        let connect = || RabbitMq::connect(&rabbitmq.url(), "apples");
        let all: Vec<_> = (0..10).map(|apple| format!("apple {apple}")).collect();
        let (eaten, has_begun) = (Eaten::new(0)?, Event::new()?);
        processes::scope(|family| {
            let producer =
                family.spawn("producer", || harvest(&all, &mut connect()?))?;
            family.join_these(&[producer])?;
            let x = family.spawn("x", || bite(&mut connect()?, &has_begun))?;
            family.wait_for(&has_begun)?;
            x.kill()?;
            let _killed = x.join()?;
            for name in ["y", "z"] {
                family.daemon(name, || eat(name, &mut connect()?, &eaten, seed))?;
            }
            let next = || eaten.get_timeout(pace::secs(30.0)).ok();
            let mut eaten: Vec<_> = all.iter().map_while(|_| next()).collect();
            eaten.sort();
            claim!(
                eaten.iter().map(|(apple, _)| apple).eq(&all),
                "y and z ate each of the ten apples once"
            );
            let redelivered = eaten.iter().filter(|(_, redelivered)| *redelivered);
            claim!(
                redelivered.map(|(apple, _)| apple).eq(["apple 0"]),
                "only the apple that x had bitten was redelivered"
            );
            Ok(())
        })
    })
}

fn harvest(all: &[String], apples: &mut RabbitMq) -> Result {
    for apple in all {
        say!("+++{apple}");
        apples.put(apple.as_bytes())?;
    }
    Ok(())
}

fn bite(apples: &mut RabbitMq, has_begun: &Event) -> Result {
    let apple = apples.get(pace::secs(100.0))?;
    say!("x bites into {}", apple.as_ref().map_or("nothing".into(), |it| it.text()));
    has_begun.set();
    processes::pause()
}

fn eat(name: &str, apples: &mut RabbitMq, eaten: &Eaten, seed: Seed) -> Result {
    let mut random = seed.rng(name);
    loop {
        let Some(apple) = apples.get(pace::secs(30.0))? else { continue };
        pace::sleep(1.0 + random.f64());
        say!("{name}--{}", apple.text());
        let report = (apple.text().into_owned(), apple.redelivered);
        apples.ack(apple)?;
        eaten.put(report)?;
    }
}
