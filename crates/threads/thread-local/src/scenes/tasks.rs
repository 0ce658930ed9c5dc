//! N1.17: a task of tokio has values of its own in a scope, and none without.

use std::sync::{Arc, LazyLock};

use shared::{Result, claim, say};
use thread_local::SetError;
use thread_local::kit::{Counts, Tally};
use tokio::runtime::Builder;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// The request that is being served, in a local and in the note's map.
static REQUEST: LazyLock<Tally> = LazyLock::new(Tally::new);
/// Tasks that serve at the same time.
const MANY: usize = 1_000;

pub fn play() -> Result {
    let runtime = Builder::new_multi_thread().worker_threads(2).build()?;
    let Counts { served, local, map } = runtime.block_on(async {
        let all = Arc::new(Barrier::new(MANY));
        let mut tasks = JoinSet::new();
        for task in 0..MANY {
            let all = Arc::clone(&all);
            tasks.spawn(async move {
                for turn in 0..10 {
                    let number = MANY * turn + task;
                    REQUEST.local.scope(number, serve(number, &all)).await;
                }
            });
        }
        tasks.join_all().await;
        REQUEST.take()
    });
    say!("{served} requests, mixed up: {local} in the local, {map} in the map");
    claim!(
        (served, local) == (10_000, 0),
        "tasks mixed up none of 10,000 requests in the scopes of the local"
    );
    claim!(
        map > 9_000,
        "tasks mixed up over 9,000 of 10,000 requests in the map by thread"
    );
    let left = REQUEST.local.flows();
    say!("values left behind: {left} in the local, {} in the map", REQUEST.map.len());
    claim!(left == 0, "no value is left in the local when the 1,000 tasks have ended");

    // Without a scope the value would be the thread's, and the next task would find it.
    let refused = runtime
        .block_on(async { tokio::spawn(async { REQUEST.local.set(1) }).await })?;
    if let Err(error) = &refused {
        say!("{error}");
    }
    claim!(
        refused == Err(SetError::NoScope(1)),
        "a task in no scope was refused a value, and got it back"
    );
    Ok(())
}

/// Serves a request in the scope of its number: waits until all others are in theirs,
/// and looks it up.
async fn serve(number: usize, all: &Barrier) {
    REQUEST.map.set("request", number);
    all.wait().await;
    REQUEST.look(number);
}
