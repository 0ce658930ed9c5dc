//! N2.12: the same with tasks on one thread: while one waits, the others go on.

use std::sync::Arc;
use std::time::Instant;

use shared::seed::{self, Seed};
use shared::{Result, claim, lane, pace, say, trace};
use tokio::runtime::Builder;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;

tokio::task_local! { static NAME: &'static str }

/// What a task has to tell: the apples that it has eaten, and how long that took.
type Told = (Vec<u32>, f64);

pub fn play() -> Result {
    lane::name_coroutines_by(|| NAME.try_with(|name| (*name).to_owned()).ok());
    let (seed, begin) = (seed::announce(), Instant::now());
    let told: Vec<Told> =
        Builder::new_current_thread().enable_time().build()?.block_on(async {
            let (harvested, apples) = mpsc::channel(3);
            let apples = Arc::new(Mutex::new(apples));
            let mut tasks = JoinSet::new();
            tasks.spawn(NAME.scope("producer", harvest(harvested, seed)));
            for name in ["x", "y", "z"] {
                tasks.spawn(NAME.scope(name, eat(name, Arc::clone(&apples), seed)));
            }
            tasks.join_all().await.into_iter().collect::<Result<_>>()
        })?;

    let (took, ate) = (
        pace::note_secs(begin.elapsed()),
        told.iter().map(|(_, ate)| ate).sum::<f64>(),
    );
    let mut eaten: Vec<u32> = told.into_iter().flat_map(|(apples, _)| apples).collect();
    eaten.sort_unstable();
    claim!(eaten.into_iter().eq(0..10), "every apple was eaten, and none twice");
    claim!(
        took < 0.8 * ate,
        "all took {took:.1} s, less than the three ate together ({ate:.1} s)"
    );
    Ok(())
}

async fn harvest(apples: mpsc::Sender<u32>, seed: Seed) -> Result<Told> {
    let mut random = seed.rng("producer");
    for apple in 0..10 {
        sleep(random.f64()).await;
        say!("+++apple {apple}");
        apples.send(apple).await?;
    }
    Ok(Told::default())
}

async fn eat(
    name: &str,
    apples: Arc<Mutex<mpsc::Receiver<u32>>>,
    seed: Seed,
) -> Result<Told> {
    let (mut random, mut eaten, mut ate) = (seed.rng(name), Vec::new(), 0.0);
    loop {
        // A line of its own: in the head of a `while let` the lock would be held until
        // the apple has been eaten.
        let apple = apples.lock().await.recv().await;
        let Some(apple) = apple else { return Ok((eaten, ate)) };
        let _eating = trace::span(&format!("eats apple {apple}"));
        ate += sleep(1.0 + random.f64()).await;
        say!("{name}---apple {apple}");
        eaten.push(apple);
    }
}

/// [`pace::sleep`] would hold up the thread, and all tasks with it.
async fn sleep(note_seconds: f64) -> f64 {
    trace::sleep(pace::secs(note_seconds));
    tokio::time::sleep(pace::secs(note_seconds)).await;
    note_seconds
}
