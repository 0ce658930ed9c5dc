//! N3.7: a server may fail in many ways: each has its outcome, and harms no other page.

use std::collections::HashMap;

use shared::{Result, claim, say};
use url_fetch::kit::Fault::{
    Closes, Garbage, NotFound, Redirects, Refuses, Resets, ServerError,
};
use url_fetch::kit::{Server, block_on};
use url_fetch::{Error, Fetcher, Limits};

pub fn play() -> Result {
    let server = Server::start()?;
    let faults = [Refuses, Closes, Resets, Garbage, NotFound, ServerError, Redirects];
    let urls = faults.map(|fault| server.fault(fault)).into_iter();
    let healthy = server.page("healthy", 12_713, 0.0);

    let fetcher = Fetcher::new(Limits::default())?;
    let mut pages = fetcher.fetch_all(urls.chain([healthy.clone()]));
    let mut ends = HashMap::new();
    block_on(async {
        while let Some((url, page)) = pages.next().await {
            ends.insert(url, page);
        }
    })?;
    let end = |fault| ends.get(&server.fault(fault));
    for fault in faults {
        if let Some(Err(error)) = end(fault) {
            say!("{fault}: {error}");
        }
    }

    claim!(
        matches!(end(Refuses), Some(Err(Error::Refused))),
        "a port on which nothing listens refuses the connection"
    );
    claim!(
        matches!(end(Closes), Some(Err(Error::Closed)))
            && matches!(end(Resets), Some(Err(Error::Reset))),
        "a connection that is closed is told from one that is reset"
    );
    claim!(
        matches!(end(Garbage), Some(Err(Error::NotHttp(_)))),
        "an answer that is not HTTP is told from a broken connection"
    );
    let has = |fault, status| match end(fault) {
        Some(Err(Error::Status(it))) => *it == status,
        _ => false,
    };
    claim!(
        has(NotFound, 404) && has(ServerError, 500),
        "an answer with status 404 or 500 is an error, and no page"
    );
    claim!(
        matches!(end(Redirects), Some(Err(Error::Redirects(10)))),
        "redirects without an end are followed ten times"
    );
    claim!(
        ends.get(&healthy).is_some_and(Result::is_ok),
        "a healthy page arrives while seven other fetches fail"
    );
    Ok(())
}
