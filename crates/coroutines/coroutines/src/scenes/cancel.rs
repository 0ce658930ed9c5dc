//! N5.15: a cancelled task runs its destructors, and no more of its code.

use coroutines::kit::blocking_call::BlockingCall;
use coroutines::kit::both::{Ran, both};
use coroutines::kit::told::Told;
use coroutines::kit::{in_thread, one_thread, sleep};
use coroutines::{on_may, on_tokio};
use shared::{Result, claim};

pub fn play() -> Result {
    both(with_stacks, without_stacks, |Ran { kind, told, .. }| {
        claim!(
            told.starts_with(&["take 10", "put 10 back"]),
            "{kind}: the destructor runs, and the code behind the wait does not"
        );
        let no_value = told.lines().contains(&"values: None, None".to_owned());
        claim!(no_value, "{kind}: a cancelled task has no value");
        claim!(
            told.ends_with(&["the blocking call ends"]),
            "{kind}: a blocking call runs to its end, though its caller is cancelled"
        );
        Ok(())
    })
}

fn with_stacks(told: &Told) -> Result {
    let (call, blocking) = BlockingCall::new(told);
    on_may::nursery(|nursery| -> Result {
        let transfer = nursery.spawn("transfer", || {
            told.tell("take 10");
            let _undo = told.at_end("put 10 back");
            sleep::on_may(1000.0);
            told.tell("hand 10 over");
            Ok(())
        });
        let caller = nursery.spawn("caller", || in_thread::on_may(call));
        one_thread::let_others_begin();
        transfer.cancel();
        caller.cancel();
        told.tell(&format!("values: {:?}, {:?}", transfer.join(), caller.join()));
        Ok(())
    })?;
    blocking.go_on();
    Ok(())
}

async fn without_stacks(told: &Told) -> Result {
    let (call, blocking) = BlockingCall::new(told);
    let by_transfer = told.clone();
    on_tokio::nursery(async |nursery| -> Result {
        let transfer = nursery.spawn("transfer", async move {
            by_transfer.tell("take 10");
            let _undo = by_transfer.at_end("put 10 back");
            sleep::on_tokio(1000.0).await;
            by_transfer.tell("hand 10 over");
            Ok(())
        });
        let caller = nursery.spawn("caller", in_thread::on_tokio(call));
        tokio::task::yield_now().await;
        transfer.cancel();
        caller.cancel();
        told.tell(&format!(
            "values: {:?}, {:?}",
            transfer.join().await,
            caller.join().await
        ));
        Ok(())
    })
    .await?;
    blocking.go_on();
    Ok(())
}
