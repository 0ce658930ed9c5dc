//! N5.15: ten thousand tasks are cancelled at random moments, and none is left.

use std::array;

use coroutines::kit::one_thread;
use coroutines::kit::tasks::Tasks;
use coroutines::{Failed, on_may, on_tokio};
use shared::{Result, claim, say, seed};
use tokio::runtime::Handle;

const CANCELLED: usize = 10_000;

pub fn play() -> Result {
    one_thread::for_may();
    let seed = seed::announce();
    let mut rng = seed.rng("with stacks");
    let (tasks, mut left) = (Tasks::default(), 0);
    while tasks.cancelled() < CANCELLED {
        with_stacks(&tasks, array::from_fn(|_| rng.usize(..20)));
        left = left.max(tasks.alive());
    }
    say!("with stacks: {left} tasks are left");
    claim!(left == 0, "with stacks: no task is left when its nursery returns");

    let mut rng = seed.rng("without stacks");
    let (tasks, mut left) = (Tasks::default(), 0);
    one_thread::with_tokio(async {
        while tasks.cancelled() < CANCELLED {
            without_stacks(&tasks, array::from_fn(|_| rng.usize(..20))).await;
            left = left.max(Handle::current().metrics().num_alive_tasks());
        }
        Ok(())
    })?;
    say!("without stacks: {left} tasks are left");
    claim!(left == 0, "without stacks: tokio has no task when a nursery returns");
    Ok(())
}

/// Ten tasks take turns, each a number of its own, and so does the block, which then
/// fails. Each of them waits in a nursery for one more task.
fn with_stacks(tasks: &Tasks, [turns, ten @ ..]: [usize; 11]) {
    let _its_own_error = on_may::nursery(|nursery| {
        for turns in ten {
            nursery.spawn("outer", move || {
                let both = on_may::nursery(|nursery| {
                    nursery.spawn("inner", move || tasks.take_turns_on_may(turns));
                    tasks.take_turns_on_may(turns)
                });
                both.map_err(Failed::into_first)
            });
        }
        tasks.take_turns_on_may(turns)?;
        Err::<(), _>("the block fails")
    });
}

async fn without_stacks(tasks: &Tasks, [turns, ten @ ..]: [usize; 11]) {
    let of_block = tasks.clone().take_turns_on_tokio(turns);
    let _its_own_error = on_tokio::nursery(async |nursery| {
        for turns in ten {
            let [one, other] =
                [(); 2].map(|()| tasks.clone().take_turns_on_tokio(turns));
            nursery.spawn("outer", async {
                let both = on_tokio::nursery(async |nursery| {
                    nursery.spawn("inner", one);
                    other.await
                });
                both.await.map_err(Failed::into_first)
            });
        }
        of_block.await?;
        Err::<(), _>("the block fails")
    })
    .await;
}
