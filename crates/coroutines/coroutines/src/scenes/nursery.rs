//! N5.15: an error in one coroutine cancels its siblings, and none outlives the block.

use anyhow::Context as _;
use coroutines::kit::both::{Ran, both};
use coroutines::kit::sleep;
use coroutines::kit::told::Told;
use coroutines::{on_may, on_tokio};
use shared::{Result, claim};

pub fn play() -> Result {
    both(with_stacks, without_stacks, |Ran { kind, told, .. }| {
        let order = ["Running foo", "Running bar", "foo ends", "the block is left"];
        claim!(
            told.starts_with(&order),
            "{kind}: foo ends, cancelled, before the block is left"
        );
        let error = "bar: the bar is closed";
        claim!(told.ends_with(&[error]), "{kind}: the error of bar is the nursery's");
        Ok(())
    })
}

fn with_stacks(told: &Told) -> Result {
    let outcome = on_may::nursery(|nursery| {
        nursery.spawn("foo", || {
            let _end = told.at_end("foo ends");
            told.tell("Running foo");
            sleep::on_may(1000.0);
            told.tell("Explicit context switch to foo again!");
            Ok(())
        });
        nursery.spawn("bar", || {
            told.tell("Running bar");
            sleep::on_may(1.0);
            Err::<(), _>("the bar is closed")
        });
        Ok(())
    });
    told.tell("the block is left");
    told.tell(&outcome.err().context("bar did not fail")?.to_string());
    Ok(())
}

async fn without_stacks(told: &Told) -> Result {
    let (by_foo, by_bar) = (told.clone(), told.clone());
    let outcome = on_tokio::nursery(async |nursery| {
        nursery.spawn("foo", async move {
            let _end = by_foo.at_end("foo ends");
            by_foo.tell("Running foo");
            sleep::on_tokio(1000.0).await;
            by_foo.tell("Explicit context switch to foo again!");
            Ok(())
        });
        nursery.spawn("bar", async move {
            by_bar.tell("Running bar");
            sleep::on_tokio(1.0).await;
            Err::<(), _>("the bar is closed")
        });
        Ok(())
    })
    .await;
    told.tell("the block is left");
    told.tell(&outcome.err().context("bar did not fail")?.to_string());
    Ok(())
}
