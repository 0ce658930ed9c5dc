//! N1.19: two coroutines sleep at the same time: two seconds in all, not three.

use coroutines::kit::both::{Ran, both};
use coroutines::kit::sleep;
use coroutines::kit::told::Told;
use coroutines::{on_may, on_tokio};
use shared::{Result, claim, say};

pub fn play() -> Result {
    both(with_stacks, without_stacks, |Ran { kind, told, time }| {
        say!("{time:.1} s");
        let order = ["egon eat 1", "egon play 1", "egon play 2", "egon eat 2", "main"];
        claim!(told.lines() == order, "{kind}: play begins and ends while eat sleeps");
        claim!(
            *time >= 2.0,
            "{kind}: the sleeps take no less than the longer one, 2 s"
        );
        Ok(())
    })
}

/// As with gevent: a task is a function, and its sleep lets the others run.
fn with_stacks(told: &Told) -> Result {
    on_may::nursery(|nursery| -> Result {
        let g1 = nursery.spawn("eat", || {
            told.tell("egon eat 1");
            sleep::on_may(2.0);
            told.tell("egon eat 2");
            Ok(())
        });
        let g2 = nursery.spawn("play", || {
            told.tell("egon play 1");
            sleep::on_may(1.0);
            told.tell("egon play 2");
            Ok(())
        });
        // The nursery would wait for them in any case.
        g1.join();
        g2.join();
        told.tell("main");
        Ok(())
    })?;
    Ok(())
}

/// As with asyncio: a task is a future, and others run only where it awaits.
async fn without_stacks(told: &Told) -> Result {
    let (by_eat, by_play) = (told.clone(), told.clone());
    on_tokio::nursery(async |nursery| -> Result {
        let g1 = nursery.spawn("eat", async move {
            by_eat.tell("egon eat 1");
            sleep::on_tokio(2.0).await;
            by_eat.tell("egon eat 2");
            Ok(())
        });
        let g2 = nursery.spawn("play", async move {
            by_play.tell("egon play 1");
            sleep::on_tokio(1.0).await;
            by_play.tell("egon play 2");
            Ok(())
        });
        g1.join().await;
        g2.join().await;
        told.tell("main");
        Ok(())
    })
    .await?;
    Ok(())
}
