//! N2.13: a consumer is killed while it eats; another consumer eats that apple.

use std::io::{PipeReader, PipeWriter, Read as _, Write as _, pipe};
use std::time::Duration;

use joinable_queue::{GetError, JoinableQueue};
use processes::{Exit, SIGKILL};
use producer_consumer::ProcessQueue;
use shared::{Result, claim, pace, say, trace};

/// Far longer than three apples take.
const LONG: Duration = Duration::from_secs(20);

pub fn play() -> Result {
    let (apples, eaten) = (JoinableQueue::new(0)?, ProcessQueue::new(0)?);
    let (begun, has_begun) = pipe()?;
    processes::scope(|family| {
        for apple in 0..3 {
            apples.put(apple)?;
        }
        let all = &apples;
        let victim = family.spawn("x", move || bite(all, &has_begun))?;
        wait_for(&begun)?;
        for name in ["y", "z"] {
            family.spawn(name, || eat(name, &apples, &eaten))?;
        }
        victim.kill()?;
        claim!(
            victim.join()? == Exit::Killed(SIGKILL),
            "x was killed in the middle of an apple"
        );

        // With Python's queue this would be for ever: the apple is gone, and with it
        // the only one who could have said that it was done.
        claim!(apples.join_timeout(LONG), "all three apples are done nevertheless");
        apples.close();
        family.join()?;
        let mut eaten: Vec<(u32, bool)> =
            std::iter::from_fn(|| eaten.try_get().ok()).collect();
        eaten.sort_unstable();
        claim!(
            eaten.iter().map(|(apple, _)| *apple).eq(0..3),
            "every apple was eaten, and none twice"
        );
        let bitten: Vec<u32> = eaten
            .iter()
            .filter(|(_, bitten)| *bitten)
            .map(|(apple, _)| *apple)
            .collect();
        claim!(
            bitten == [0],
            "whoever ate apple 0 could see that somebody had begun it"
        );
        Ok(())
    })
}

fn bite(apples: &JoinableQueue<u32>, mut has_begun: &PipeWriter) -> Result {
    let apple = apples.get()?;
    let _eating = trace::span(&format!("eats apple {}", *apple));
    say!("x bites into apple {}", *apple);
    has_begun.write_all(b"!")?;
    loop {
        std::thread::park();
    }
}

fn wait_for(mut begun: &PipeReader) -> Result {
    Ok(begun.read_exact(&mut [0])?)
}

fn eat(
    name: &str,
    apples: &JoinableQueue<u32>,
    eaten: &ProcessQueue<(u32, bool)>,
) -> Result {
    loop {
        let apple = match apples.get() {
            Err(GetError::Closed) => return Ok(()),
            apple => apple?,
        };
        let _eating = trace::span(&format!("eats apple {}", *apple));
        pace::sleep(1.0);
        say!(
            "{name} eats apple {}{}",
            *apple,
            if apple.redelivered() { ", bitten by another" } else { "" }
        );
        eaten.put((*apple, apple.redelivered()))?;
        apple.done();
    }
}
