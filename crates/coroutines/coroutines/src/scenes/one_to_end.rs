//! N3.6: three coroutines with sleeps of 2, 3 and 0 seconds end in the order 0, 2, 3.

use coroutines::kit::both::{Ran, both};
use coroutines::kit::sleep;
use coroutines::kit::told::Told;
use coroutines::{on_may, on_tokio};
use shared::{Result, claim, say};

pub fn play() -> Result {
    both(with_stacks, without_stacks, |Ran { kind, told, time }| {
        say!("{time:.1} s");
        let first = ["running 1 ...", "running 3 ...", "running 5 ...", "end?"];
        claim!(
            told.starts_with(&first),
            "{kind}: all begin while the first one sleeps"
        );
        let then = ["running 2 ...", "running 4"];
        claim!(
            told.ends_with(&then),
            "{kind}: the sleep of 2 s ends before that of 3 s"
        );
        claim!(
            *time >= 3.0,
            "{kind}: the sleeps take no less than the longest one, 3 s"
        );
        Ok(())
    })
}

fn with_stacks(told: &Told) -> Result {
    on_may::nursery(|nursery| -> Result {
        let fun = |name, first, secs, then| {
            nursery.spawn(name, move || {
                told.tell(first);
                sleep::on_may(secs);
                told.tell(then);
                Ok(())
            });
        };
        fun("fun1", "running 1 ...", 2.0, "running 2 ...");
        fun("fun2", "running 3 ...", 3.0, "running 4");
        fun("fun3", "running 5 ...", 0.0, "end?");
        Ok(())
    })?;
    Ok(())
}

async fn without_stacks(told: &Told) -> Result {
    on_tokio::nursery(async |nursery| -> Result {
        let fun = |name, first, secs, then| {
            let told = told.clone();
            nursery.spawn(name, async move {
                told.tell(first);
                sleep::on_tokio(secs).await;
                told.tell(then);
                Ok(())
            });
        };
        fun("fun1", "running 1 ...", 2.0, "running 2 ...");
        fun("fun2", "running 3 ...", 3.0, "running 4");
        fun("fun3", "running 5 ...", 0.0, "end?");
        Ok(())
    })
    .await?;
    Ok(())
}
