//! N2.12: the same with tasks on one thread: while one waits, the others go on.

use std::sync::Arc;
use std::time::Instant;

use producer_consumer::kit::{named, sleep};
use shared::seed::{self, Seed};
use shared::{Result, claim, pace, say};
use tokio::runtime::Builder;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;

pub fn play() -> Result {
    let (seed, begin) = (seed::announce(), Instant::now());
    let runtime = Builder::new_current_thread().enable_time().build()?;
    let eaten = runtime.block_on(together(seed))?;
    let took = pace::note_secs(begin.elapsed());

    let ate: f64 = eaten.iter().map(|(_, seconds)| seconds).sum();
    let mut apples: Vec<u32> = eaten.into_iter().map(|(apple, _)| apple).collect();
    apples.sort_unstable();
    claim!(apples.into_iter().eq(0..10), "each of the ten apples was eaten once");
    claim!(
        took < 0.8 * ate,
        "all took {took:.1} s, less than 0.8 of the {ate:.1} s that the three ate"
    );
    Ok(())
}

/// The apples that were eaten, and for how many seconds each.
type Eaten = Vec<(u32, f64)>;

async fn together(seed: Seed) -> Result<Eaten> {
    let (harvested, apples) = mpsc::channel(3);
    let apples = Arc::new(Mutex::new(apples));
    let mut tasks = JoinSet::new();
    tasks.spawn(named("producer", harvest(harvested, seed)));
    for name in ["x", "y", "z"] {
        tasks.spawn(named(name, eat(name, Arc::clone(&apples), seed)));
    }
    let eaten: Vec<Eaten> =
        tasks.join_all().await.into_iter().collect::<Result<_>>()?;
    Ok(eaten.concat())
}

async fn harvest(apples: mpsc::Sender<u32>, seed: Seed) -> Result<Eaten> {
    let mut random = seed.rng("producer");
    for apple in 0..10 {
        sleep(random.f64()).await;
        say!("+++apple {apple}");
        apples.send(apple).await?;
    }
    Ok(Eaten::new())
}

async fn eat(
    name: &str,
    apples: Arc<Mutex<mpsc::Receiver<u32>>>,
    seed: Seed,
) -> Result<Eaten> {
    let (mut random, mut eaten) = (seed.rng(name), Eaten::new());
    loop {
        // A line of its own: in the head of a `while let` the lock would be held until
        // the apple has been eaten.
        let apple = apples.lock().await.recv().await;
        let Some(apple) = apple else { return Ok(eaten) };
        let seconds = 1.0 + random.f64();
        sleep(seconds).await;
        say!("{name}---apple {apple}");
        eaten.push((apple, seconds));
    }
}
