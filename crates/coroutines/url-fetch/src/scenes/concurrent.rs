//! N3.7: four pages at once on one thread: their waits overlap.

use std::thread::{self, ThreadId};
use std::time::Instant;

use shared::{Result, claim, pace, say};
use tokio::task::JoinSet;
use url_fetch::kit::{PAGES, Server, block_on, lane};
use url_fetch::{Error, Fetcher, Limits};

pub fn play() -> Result {
    let server = Server::start()?;
    let fetcher = Fetcher::new(Limits::default())?;
    let begin = Instant::now();
    let pages = block_on(async {
        let mut tasks = JoinSet::new();
        for (name, bytes) in PAGES {
            // On a busy machine a request may come late: the server waits for all four.
            let url = server.page(name, bytes, 2.0) + "&together=4";
            tasks.spawn(lane(name, fetch(fetcher.clone(), name, url)));
        }
        tasks.join_all().await.into_iter().collect::<Result<Vec<_>, _>>()
    })??;
    let time = pace::note_secs(begin.elapsed());
    say!("at once: {time:.1} s");

    let received: usize = pages.iter().map(|(bytes, _thread)| bytes).sum();
    let sent: usize = PAGES.iter().map(|(_name, bytes)| bytes).sum();
    claim!(received == sent, "all four pages arrive, with {sent} bytes in all");
    claim!(
        server.counts().most_at_once == 4,
        "all four requests are at the server at the same time"
    );
    let here = thread::current().id();
    claim!(
        pages.iter().all(|(_bytes, thread)| *thread == here),
        "one thread receives all four pages"
    );
    Ok(())
}

/// The bytes that were received, and the thread on which the last of them were.
async fn fetch(
    fetcher: Fetcher,
    name: &str,
    url: String,
) -> Result<(usize, ThreadId), Error> {
    say!("GET {name}");
    let page = fetcher.fetch(&url).await?;
    say!("recv bytes {} from {name}", page.body.len());
    Ok((page.body.len(), thread::current().id()))
}
