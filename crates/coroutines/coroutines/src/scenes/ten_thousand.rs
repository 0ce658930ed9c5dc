//! N3.6: ten thousand coroutines sleep at the same time.

use std::sync::Arc;

use coroutines::kit::sleepers::Sleepers;
use coroutines::kit::{one_thread, sleep, threads};
use coroutines::{on_may, on_tokio};
use shared::{Result, claim, say};

pub fn play() -> Result {
    one_thread::for_may();
    // The allocator gives what one kind has left to the next: the smallest goes first.
    let task = measure("without stacks", 10_000, |sleepers| {
        one_thread::with_tokio(tasks(sleepers))
    })?;
    let coroutine = measure("with stacks", 10_000, |sleepers| coroutines(&sleepers))?;
    claim!(
        2.0 * task < coroutine,
        "a coroutine with a stack takes over twice the memory of one without"
    );
    // Each has 16 KiB in the kernel as well, which is not counted here.
    measure("threads", 2_000, |sleepers| threads::sleep(&sleepers))?;
    Ok(())
}

async fn tasks(sleepers: Arc<Sleepers>) -> Result {
    on_tokio::nursery(async |nursery| -> Result {
        for _ in 0..sleepers.all() {
            let sleepers = Arc::clone(&sleepers);
            nursery.spawn("sleeper", async move {
                let mut asleep = sleepers.begin()?;
                while asleep.sleeps_on() {
                    sleep::on_tokio(1.0).await;
                }
                Ok(())
            });
        }
        Ok(())
    })
    .await?;
    Ok(())
}

fn coroutines(sleepers: &Sleepers) -> Result {
    on_may::nursery(|nursery| -> Result {
        for _ in 0..sleepers.all() {
            nursery.spawn("sleeper", || {
                let mut asleep = sleepers.begin()?;
                while asleep.sleeps_on() {
                    sleep::on_may(1.0);
                }
                Ok(())
            });
        }
        Ok(())
    })?;
    Ok(())
}

/// The bytes that each takes.
fn measure(
    kind: &str,
    all: u32,
    run: impl FnOnce(Arc<Sleepers>) -> Result,
) -> Result<f64> {
    let sleepers = Arc::new(Sleepers::new(all)?);
    run(Arc::clone(&sleepers))?;
    let seen = sleepers.seen();
    say!("{kind}: {} asleep, {:.1} KiB each", seen.most, seen.bytes_each / 1024.0);
    claim!(seen.most == all, "{kind}: all {all} sleep at the same time");
    claim!(
        seen.time <= seen.serial / 100.0,
        "{kind}: the sleeps take a hundredth of their sum at most"
    );
    Ok(seen.bytes_each)
}
