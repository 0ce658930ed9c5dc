//! N3.7: a fetch that is cancelled closes its connection and gives its slot back.

use shared::{Result, claim, pace, say};
use url_fetch::kit::{SOON, Server, block_on, lane};
use url_fetch::{Fetcher, Limits};

pub fn play() -> Result {
    let server = Server::start()?;
    let fetcher = Fetcher::new(Limits { at_once: 1, ..Limits::default() })?;
    block_on(async {
        // The server would answer after an hour.
        let urls = ["first", "second"].map(|name| server.page(name, 4_096, 3_600.0));
        let [first, second] = urls.map(|url| {
            let fetcher = fetcher.clone();
            async move { fetcher.fetch(&url).await }
        });
        let first = tokio::spawn(lane("first", first));
        let begun = server.has_seen(|counts| counts.requests == 1).await;
        say!("first: the server has its request");

        // It waits for the slot of the first, and gives up.
        let second =
            tokio::time::timeout(pace::secs(1.0), lane("second", second)).await;
        say!("second: gives up waiting for its turn");
        claim!(
            begun && second.is_err() && server.counts().requests == 1,
            "a fetch cancelled while it waits for a slot has sent no request"
        );

        first.abort();
        say!("first: cancelled");
        let third = server.page("third", 4_096, 0.0);
        let (is_seen, third) = tokio::join!(
            server.has_seen(|counts| counts.gone == 1),
            tokio::time::timeout(SOON, fetcher.fetch(&third)),
        );
        claim!(is_seen, "the server sees the connection of a cancelled fetch close");
        let is_complete = matches!(third, Ok(Ok(page)) if page.body.len() == 4_096);
        claim!(is_complete, "the slot of a cancelled fetch goes to the next one");
        say!("third: has had the slot");
        Ok(())
    })?
}
