//! N2.12: a producer of ten apples, and three consumers with a stop value for each.

use producer_consumer::ProcessQueue;
use shared::seed::{self, Seed};
use shared::{Result, claim, pace, say};

/// `None` is the stop value, as in the note. The type says that it may come, so no
/// consumer can forget to look.
type Apples = ProcessQueue<Option<u32>>;

pub fn play() -> Result {
    let seed = seed::announce();
    let (apples, eaten) = (Apples::new(0)?, ProcessQueue::new(0)?);
    let consumers = ["x", "y", "z"];
    processes::scope(|family| {
        let producer = family.spawn("producer", || harvest(&apples, seed))?;
        for name in consumers {
            family.spawn(name, || eat(name, &apples, &eaten, seed))?;
        }
        family.join_these(&[producer])?;
        // One for each: a consumer that has taken a stop value takes nothing more. And
        // after the last apple, which is certain only now that the producer has ended.
        for _ in consumers {
            apples.put(None)?;
        }
        family.join()?;
        claim!(
            apples.is_empty(),
            "no apple and no stop value is left when the three consumers have ended"
        );

        let mut eaten: Vec<u32> = eaten.drain().collect::<Result<_, _>>()?;
        eaten.sort_unstable();
        claim!(eaten.into_iter().eq(0..10), "each of the ten apples was eaten once");
        Ok(())
    })
}

fn harvest(apples: &Apples, seed: Seed) -> Result {
    let mut random = seed.rng("producer");
    for apple in 0..10 {
        pace::sleep(random.f64());
        say!("+++apple {apple}");
        apples.put(Some(apple))?;
    }
    Ok(())
}

fn eat(name: &str, apples: &Apples, eaten: &ProcessQueue<u32>, seed: Seed) -> Result {
    let mut random = seed.rng(name);
    while let Some(apple) = apples.get()? {
        pace::sleep(1.0 + random.f64());
        say!("{name}---apple {apple}");
        eaten.put(apple)?;
    }
    Ok(())
}
