//! N3.7: reads that block the thread do not overlap, though each is in a task.

use std::thread;
use std::time::Instant;

use anyhow::anyhow;
use shared::{Result, claim, pace, say};
use tokio::task::JoinSet;
use url_fetch::kit::{PAGES, Server, block_on, get_blocking, lane};

pub fn play() -> Result {
    let server = Server::start()?;
    let urls = PAGES.map(|(name, bytes)| (name, server.page(name, bytes, 2.0)));

    let begin = Instant::now();
    block_on(async {
        let mut tasks = JoinSet::new();
        for (name, url) in urls {
            // Nothing is awaited here, so the other tasks do not run meanwhile.
            tasks.spawn(lane(name, async move { fetch(name, &url) }));
        }
        tasks.join_all().await.into_iter().collect::<Result>()
    })??;
    let in_tasks = pace::note_secs(begin.elapsed());
    say!("four tasks: {in_tasks:.1} s");

    let server = Server::start()?;
    let urls = PAGES.map(|(name, bytes)| {
        // The server waits for all four requests before it answers one.
        (name, server.page(name, bytes, 2.0) + "&together=4")
    });
    let begin = Instant::now();
    thread::scope(|scope| -> Result {
        let threads = urls.each_ref().map(|(name, url)| {
            let named = thread::Builder::new().name((*name).to_owned());
            named.spawn_scoped(scope, || fetch(name, url))
        });
        for thread in threads {
            thread?.join().map_err(|_| anyhow!("a thread panicked"))??;
        }
        Ok(())
    })?;
    let on_threads = pace::note_secs(begin.elapsed());
    say!("four threads: {on_threads:.1} s");

    claim!(
        in_tasks >= 8.0,
        "four tasks that block their thread for two seconds each take eight or more"
    );
    claim!(
        server.counts().most_at_once == 4,
        "on four threads all four requests are at the server at the same time"
    );
    Ok(())
}

fn fetch(name: &str, url: &str) -> Result {
    say!("GET {name}");
    let body = get_blocking(url)?;
    say!("recv bytes {} from {name}", body.len());
    Ok(())
}
