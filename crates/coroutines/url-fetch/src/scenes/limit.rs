//! N3.7: twenty pages, five at once: the fetcher bounds the load on a server.

use std::time::Instant;

use shared::{Result, claim, pace, say};
use tokio::task::JoinSet;
use url_fetch::kit::{Server, block_on};
use url_fetch::{Fetcher, Limits};

const PAGES: usize = 20;
const AT_ONCE: usize = 5;

pub fn play() -> Result {
    let server = Server::start()?;
    let fetcher = Fetcher::new(Limits { at_once: AT_ONCE, ..Limits::default() })?;
    let begin = Instant::now();
    let pages = block_on(async {
        let mut tasks = JoinSet::new();
        for page in 0..PAGES {
            let url = server.page(&format!("page-{page}"), 4_096, 1.0);
            let fetcher = fetcher.clone();
            // All twenty tasks run; fifteen of them wait for a slot.
            tasks.spawn(async move { fetcher.fetch(&url).await });
        }
        tasks.join_all().await
    })?;
    let time = pace::note_secs(begin.elapsed());
    let complete = pages.iter().flatten().count();
    say!("{complete} pages, {AT_ONCE} at once: {time:.1} s");

    claim!(complete == PAGES, "all {PAGES} pages arrive");
    claim!(
        server.counts().most_at_once <= AT_ONCE,
        "the server never has more than {AT_ONCE} requests at once"
    );
    claim!(time >= 4.0, "twenty pages of a second, five at once, take four or more");
    // One after the other they would take twenty.
    claim!(
        time < 15.0,
        "twenty pages of a second, five at once, take less than fifteen"
    );
    Ok(())
}
