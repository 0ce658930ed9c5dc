//! N5.15: two coroutines let each other run, by sleeping for no time at all.

use coroutines::kit::both::{Ran, both};
use coroutines::kit::told::Told;
use coroutines::{on_may, on_tokio};
use shared::{Result, claim};

pub fn play() -> Result {
    both(with_stacks, without_stacks, |Ran { kind, told, .. }| {
        let begin = ["Running foo", "Running bar"];
        claim!(told.starts_with(&begin), "{kind}: both begin before either goes on");
        // tokio promises no order of those that yield: it wakes the last one first.
        if *kind == "with stacks" {
            let bar_is_last = told.ends_with(&["Explicit context switch back to bar"]);
            claim!(
                bar_is_last,
                "{kind}: they go on in the order in which they yielded"
            );
        }
        Ok(())
    })
}

fn with_stacks(told: &Told) -> Result {
    on_may::nursery(|nursery| -> Result {
        nursery.spawn("foo", || {
            told.tell("Running foo");
            may::coroutine::yield_now();
            told.tell("Explicit context switch to foo again!");
            Ok(())
        });
        nursery.spawn("bar", || {
            told.tell("Running bar");
            may::coroutine::yield_now();
            told.tell("Explicit context switch back to bar");
            Ok(())
        });
        Ok(())
    })?;
    Ok(())
}

async fn without_stacks(told: &Told) -> Result {
    let (by_foo, by_bar) = (told.clone(), told.clone());
    on_tokio::nursery(async |nursery| -> Result {
        nursery.spawn("foo", async move {
            by_foo.tell("Running foo");
            tokio::task::yield_now().await;
            by_foo.tell("Explicit context switch to foo again!");
            Ok(())
        });
        nursery.spawn("bar", async move {
            by_bar.tell("Running bar");
            tokio::task::yield_now().await;
            by_bar.tell("Explicit context switch back to bar");
            Ok(())
        });
        Ok(())
    })
    .await?;
    Ok(())
}
