//! N2.13: a consumer is killed while it eats; another consumer eats that apple.

use std::time::Duration;

use joinable_queue::JoinableQueue;
use processes::{Event, Exit, SIGKILL};
use producer_consumer::ProcessQueue;
use shared::{Result, claim, pace, say, trace};

/// Far longer than three apples take.
const LONG: Duration = Duration::from_secs(20);

pub fn play() -> Result {
    let (apples, eaten) = (JoinableQueue::new(0)?, ProcessQueue::new(0)?);
    let has_begun = Event::new()?;
    processes::scope(|family| {
        for apple in 0..3 {
            apples.put(apple)?;
        }
        let victim = family.spawn("x", || bite(&apples, &has_begun))?;
        has_begun.wait();
        for name in ["y", "z"] {
            family.spawn(name, || eat(name, &apples, &eaten))?;
        }
        victim.kill()?;
        claim!(
            victim.join()? == Exit::Killed(SIGKILL),
            "x was killed in the middle of an apple"
        );

        // With Python's queue this takes for ever: the apple is gone, and with it the
        // only process that could have called `task_done` for it.
        claim!(apples.join_timeout(LONG), "all three apples are done nevertheless");
        apples.close();
        family.join()?;
        let mut eaten: Vec<(u32, bool)> = eaten.drain().collect::<Result<_, _>>()?;
        eaten.sort_unstable();
        let (all, bitten): (Vec<_>, Vec<_>) = eaten.into_iter().unzip();
        claim!(all == [0, 1, 2], "every apple was eaten, and none twice");
        claim!(
            bitten == [true, false, false],
            "the queue tells the consumer of apple 0, alone, that it was begun before"
        );
        Ok(())
    })
}

fn bite(apples: &JoinableQueue<u32>, has_begun: &Event) -> Result {
    let apple = apples.get()?;
    let _eating = trace::span(&format!("eats apple {}", *apple));
    say!("x bites into apple {}", *apple);
    has_begun.set();
    loop {
        std::thread::park();
    }
}

fn eat(
    name: &str,
    apples: &JoinableQueue<u32>,
    eaten: &ProcessQueue<(u32, bool)>,
) -> Result {
    for apple in apples {
        let apple = apple?;
        let _eating = trace::span(&format!("eats apple {}", *apple));
        pace::sleep(1.0);
        let bitten = if apple.redelivered() { ", bitten by another" } else { "" };
        say!("{name} eats apple {}{bitten}", *apple);
        eaten.put((*apple, apple.redelivered()))?;
        apple.done();
    }
    Ok(())
}
