//! N2.14: ten apples over Memcached, which is made for copies and not for queues.

use brokers::{Broker, Memcached, kit};
use producer_consumer::ProcessQueue;
use shared::{Result, claim, pace, say};

type Eaten = ProcessQueue<String>;

/// Three times what Memcached has room for here.
const MANY: u32 = 400;

pub fn play() -> Result {
    kit::memcached(4, |memcached| {
        let connect = |queue: &str| Memcached::connect(&memcached.url(), queue);
        let all: Vec<_> = (0..10).map(|apple| format!("apple {apple}")).collect();
        let eaten = pass(&all, || connect("apples"))?;
        claim!(eaten == all, "each of the ten apples was eaten once");

        let (mut x, mut y) =
            (connect("slow")?.lock_for(1), connect("slow")?.lock_for(1));
        x.put(b"apple 0")?;
        let slow = x.get(pace::secs(10.0))?;
        say!("x eats slowly, and its lock expires");
        let again = y.get(pace::secs(30.0))?;
        claim!(
            slow.is_some() && again.is_some_and(|apple| apple.redelivered),
            "y has the apple of x, which is alive and still eats it"
        );

        let mut apples = connect("large")?;
        for apple in 0..MANY {
            apples.put(format!("{apple:.<32768}").as_bytes())?;
        }
        say!("Memcached has accepted {MANY} large apples");
        let left = apples.get(pace::secs(0.0))?;
        claim!(
            left.is_some_and(|apple| !apple.text().starts_with("0.")),
            "Memcached has evicted the first apple, which no consumer has got"
        );
        Ok(())
    })
}

fn pass(
    all: &[String],
    connect: impl Fn() -> Result<Memcached, brokers::Error>,
) -> Result<Vec<String>> {
    let eaten = Eaten::new(0)?;
    processes::scope(|family| {
        for name in ["x", "y", "z"] {
            family.daemon(name, || eat(name, &mut connect()?, &eaten))?;
        }
        let mut apples = connect()?;
        for apple in all {
            say!("+++{apple}");
            apples.put(apple.as_bytes())?;
        }
        let mut apples: Vec<_> = all
            .iter()
            .map_while(|_| eaten.get_timeout(pace::secs(30.0)).ok())
            .collect();
        apples.sort();
        Ok(apples)
    })
}

fn eat(name: &str, apples: &mut Memcached, eaten: &Eaten) -> Result {
    loop {
        // It asks again and again: Memcached has no command that waits.
        let Some(apple) = apples.get(pace::secs(30.0))? else { continue };
        pace::sleep(1.0);
        say!("{name}--{}", apple.text());
        let text = apple.text().into_owned();
        apples.ack(apple)?;
        eaten.put(text)?;
    }
}
