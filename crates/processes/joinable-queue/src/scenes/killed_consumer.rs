//! N2.13: a consumer is killed while it eats; another consumer eats that apple.

use joinable_queue::JoinableQueue;
use processes::{Event, Exit, SIGKILL};
use producer_consumer::ProcessQueue;
use shared::{Result, claim, pace, say};

type Apples = JoinableQueue<u32>;
/// Each apple that was eaten, and whether it was marked as redelivered.
type Eaten = ProcessQueue<(u32, bool)>;

pub fn play() -> Result {
    let (apples, eaten) = (Apples::new(0)?, Eaten::new(0)?);
    let has_begun = Event::new()?;
    processes::scope(|family| {
        (0..3).try_for_each(|apple| apples.put(apple))?;
        let x = family.spawn("x", || bite(&apples, &has_begun))?;
        family.wait_for(&has_begun)?;
        x.kill()?;
        claim!(
            x.join()? == Exit::Killed(SIGKILL)
                && (apples.len(), apples.unfinished()) == (2, 3),
            "x was killed with one of the three unfinished apples in hand"
        );
        for name in ["y", "z"] {
            family.spawn(name, || eat(name, &apples, &eaten))?;
        }
        // With Python's queue this takes for ever: the apple is gone, and with it the
        // only process that could have called `task_done` for it.
        claim!(
            apples.join_timeout(pace::secs(20.0)),
            "join returns although a consumer was killed with an apple in hand"
        );
        apples.close();
        family.join()?;
        let mut eaten: Vec<(u32, bool)> = eaten.drain().collect::<Result<_, _>>()?;
        eaten.sort_unstable();
        claim!(
            eaten == [(0, true), (1, false), (2, false)],
            "y and z ate each apple once, and only apple 0 was marked as redelivered"
        );
        Ok(())
    })
}

fn bite(apples: &Apples, has_begun: &Event) -> Result {
    let apple = apples.get()?;
    say!("x bites into apple {}", *apple);
    has_begun.set();
    processes::pause()
}

fn eat(name: &str, apples: &Apples, eaten: &Eaten) -> Result {
    for apple in apples {
        let apple = apple?;
        pace::sleep(1.0);
        let bitten = if apple.redelivered() { ", bitten by another" } else { "" };
        say!("{name} eats apple {}{bitten}", *apple);
        eaten.put((*apple, apple.redelivered()))?;
        apple.done();
    }
    Ok(())
}
