//! N1.20: a sleep of the thread blocks all of its coroutines: three seconds, not two.

use coroutines::kit::both::{Ran, both};
use coroutines::kit::told::Told;
use coroutines::kit::{in_thread, sleep};
use coroutines::{on_may, on_tokio};
use shared::{Result, claim, say};

const EAT_AND_PLAY: [(&str, &str, f64, &str); 2] =
    [("eat", "eat food 1", 2.0, "eat food 2"), ("play", "play 1", 1.0, "play 2")];

pub fn play() -> Result {
    say!("blocking");
    both(
        |told| with_stacks(told, sleep::blocking),
        async |told| {
            without_stacks(told, |secs| async move { sleep::blocking(secs) }).await
        },
        |Ran { kind, told, time }| {
            say!("{time:.1} s");
            let order = ["eat food 1", "eat food 2", "play 1", "play 2"];
            claim!(told.lines() == order, "{kind}: a blocking sleep lets no other run");
            claim!(*time >= 3.0, "{kind}: blocking sleeps of 2 s and 1 s take 3 s");
            Ok(())
        },
    )?;
    say!("blocking a thread of its own");
    both(
        |told| {
            with_stacks(told, |secs| in_thread::on_may(move || sleep::blocking(secs)))
        },
        async |told| {
            let sleep = |secs| in_thread::on_tokio(move || sleep::blocking(secs));
            without_stacks(told, sleep).await
        },
        |Ran { kind, told, .. }| {
            let order = ["eat food 1", "play 1", "play 2", "eat food 2"];
            claim!(told.lines() == order, "{kind}: one coroutine waits for a thread");
            Ok(())
        },
    )
}

fn with_stacks(told: &Told, sleep: fn(f64) -> Result) -> Result {
    Ok(on_may::nursery(|nursery| -> Result {
        for (name, begin, secs, end) in EAT_AND_PLAY {
            nursery.spawn(name, move || {
                told.tell(begin);
                sleep(secs)?;
                told.tell(end);
                Ok(())
            });
        }
        Ok(())
    })?)
}

async fn without_stacks<S>(told: &Told, sleep: fn(f64) -> S) -> Result
where
    S: Future<Output = Result> + Send + 'static,
{
    let outcome = on_tokio::nursery(async |nursery| -> Result {
        for (name, begin, secs, end) in EAT_AND_PLAY {
            let told = told.clone();
            nursery.spawn(name, async move {
                told.tell(begin);
                sleep(secs).await?;
                told.tell(end);
                Ok(())
            });
        }
        Ok(())
    });
    Ok(outcome.await?)
}
