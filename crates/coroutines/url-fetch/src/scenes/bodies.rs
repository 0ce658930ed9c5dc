//! N3.7: a body may be shorter or longer than announced, too large, or without an end.

use std::collections::HashMap;

use shared::{Result, claim, say};
use url_fetch::kit::Fault::{Endless, Long, Short, TooLarge};
use url_fetch::kit::{Server, block_on};
use url_fetch::{Error, Fetcher, Limits};

const CAP: usize = 64 << 10;

pub fn play() -> Result {
    let server = Server::start()?;
    let fetcher = Fetcher::new(Limits { bytes: CAP, ..Limits::default() })?;
    let announced = block_on(fetcher.fetch(&server.fault(TooLarge)))?;
    claim!(
        matches!(announced, Err(Error::TooLarge(_))) && fetcher.received() == 0,
        "nothing is read of a body that is announced as larger than the cap"
    );

    let faults = [Short, Long, TooLarge, Endless];
    let urls = faults.map(|fault| server.fault(fault)).into_iter();
    let full = server.page("full", CAP, 0.0);
    let mut pages = fetcher.fetch_all(urls.chain([full.clone()]));
    let mut ends = HashMap::new();
    block_on(async {
        while let Some((url, page)) = pages.next().await {
            ends.insert(url, page.map(|page| page.body.len()));
        }
    })?;
    let end = |fault| ends.get(&server.fault(fault));
    for fault in faults {
        match end(fault) {
            Some(Ok(bytes)) => say!("{fault}: {bytes} bytes"),
            Some(Err(error)) => say!("{fault}: {error}"),
            None => say!("{fault}: never ended"),
        }
    }

    claim!(
        matches!(end(Short), Some(Err(Error::Truncated { received: 500 }))),
        "a body shorter than announced is an error, and no page"
    );
    claim!(
        matches!(end(Long), Some(Ok(1_000))),
        "a body longer than announced ends where it was announced to end"
    );
    claim!(
        matches!(end(Endless), Some(Err(Error::TooLarge(CAP)))),
        "a body without an end ends the fetch at the cap"
    );
    claim!(
        matches!(ends.get(&full), Some(Ok(CAP))),
        "a page exactly as large as the cap arrives"
    );
    Ok(())
}
