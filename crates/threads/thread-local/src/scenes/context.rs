//! N1.17: the context of a request, right for threads and coroutines on few threads.

use std::sync::LazyLock;

use shared::{Result, claim, say};
use thread_local::kit::{self, Counts, Tally};

/// The request that is being served, in a local and in the note's map.
static REQUEST: LazyLock<Tally> = LazyLock::new(Tally::new);
/// Coroutines that serve at the same time.
const MANY: usize = 1_000;

pub fn play() -> Result {
    // One thread, one request after the other.
    (0..10).for_each(|request| serve(request, || ()));
    let counts = counts_of("one thread");
    claim!(
        (counts.served, counts.local, counts.map) == (10, 0, 0),
        "one thread mixed up none of ten requests, neither in the local nor in the map"
    );

    kit::threads(100, |thread, all| {
        (0..100).for_each(|turn| serve(100 * turn + thread, || all.wait()));
    })?;
    let counts = counts_of("many threads");
    claim!(
        (counts.served, counts.local, counts.map) == (10_000, 0, 0),
        "threads mixed up none of 10,000 requests, neither in the local nor in the map"
    );

    may::config().set_workers(2);
    let all: &may::sync::Barrier = Box::leak(Box::new(may::sync::Barrier::new(MANY)));
    let coroutines = (0..MANY).map(|coroutine| {
        may::go!(move || {
            (0..10).for_each(|turn| serve(MANY * turn + coroutine, || all.wait()));
        })
    });
    let coroutines: Vec<_> = coroutines.collect();
    for coroutine in coroutines {
        drop(coroutine.join());
    }
    let counts = counts_of("many coroutines");
    claim!(
        (counts.served, counts.local) == (10_000, 0),
        "coroutines mixed up none of 10,000 requests in the local"
    );
    claim!(
        counts.map > 9_000,
        "coroutines mixed up over 9,000 of 10,000 requests in the map by thread"
    );
    Ok(())
}

/// Serves a request: sets its number, waits until all others have, and looks it up.
fn serve<W>(number: usize, wait: impl FnOnce() -> W) {
    // A thread or a coroutine that is not about to end can always set it.
    let _ = REQUEST.local.set(number);
    REQUEST.map.set("request", number);
    wait();
    REQUEST.look(number);
}

fn counts_of(lanes: &str) -> Counts {
    let counts = REQUEST.take();
    let Counts { served, local, map } = counts;
    say!(
        "{lanes}: {served} requests, mixed up: {local} in the local, {map} in the map"
    );
    counts
}
