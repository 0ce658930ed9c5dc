//! N3.7: four pages one after the other: their waits add up.

use std::time::Instant;

use shared::{Result, claim, pace, say};
use url_fetch::kit::{PAGES, Server, block_on};
use url_fetch::{Error, Fetcher, Limits};

pub fn play() -> Result {
    let server = Server::start()?;
    let fetcher = Fetcher::new(Limits::default())?;
    let begin = Instant::now();
    let received = block_on(async {
        let mut received = Vec::new();
        for (name, bytes) in PAGES {
            // The server sends each page two seconds after it was asked for.
            let url = server.page(name, bytes, 2.0);
            received.push(fetch(&fetcher, name, &url).await?);
        }
        Ok::<_, Error>(received)
    })??;
    let time = pace::note_secs(begin.elapsed());
    say!("one after the other: {time:.1} s");

    let sent = PAGES.map(|(_name, bytes)| bytes);
    claim!(received == sent, "each page has as many bytes as the server has sent");
    claim!(
        server.counts().most_at_once == 1,
        "one after the other, at most one request is at the server"
    );
    claim!(
        time >= 8.0,
        "four pages of two seconds each take eight or more one after the other"
    );
    Ok(())
}

async fn fetch(fetcher: &Fetcher, name: &str, url: &str) -> Result<usize, Error> {
    say!("GET {name}");
    let page = fetcher.fetch(url).await?;
    say!("recv bytes {} from {name}", page.body.len());
    Ok(page.body.len())
}
