//! N3.7: three ways to be slow, and a timeout for each of them.

use std::collections::HashMap;
use std::time::Duration;

use shared::{Result, claim, say};
use url_fetch::kit::{Fault, Server, block_on};
use url_fetch::{Error, Fetcher, Limits};

const SLOW: [Fault; 3] = [Fault::Unanswered, Fault::Stalls, Fault::Drips];

pub fn play() -> Result {
    let second = Duration::from_secs(1);
    let limits = Limits {
        connect: second,
        stall: second,
        total: 2 * second,
        ..Limits::default()
    };
    let server = Server::start()?;
    // The healthy page is asked for last.
    let slow = SLOW.map(|fault| server.fault(fault));
    let urls = slow.iter().cloned().chain([server.page("healthy", 12_713, 0.0)]);

    let mut pages = Fetcher::new(limits)?.fetch_all(urls);
    let (mut order, mut ended) = (Vec::new(), HashMap::new());
    block_on(async {
        while let Some((url, page)) = pages.next().await {
            order.push(url.clone());
            ended.insert(url, page);
        }
    })?;
    for (fault, url) in SLOW.iter().zip(&slow) {
        if let Some(Err(error)) = ended.get(url) {
            say!("{fault}: {error}");
        }
    }

    let [unanswered, stalls, drips] = slow.each_ref().map(|url| ended.get(url));
    claim!(
        matches!(unanswered, Some(Err(Error::ConnectTimeout(_)))),
        "a host that does not answer ends the fetch at the connect timeout"
    );
    claim!(
        matches!(stalls, Some(Err(Error::Stalled(_)))),
        "a body that stalls ends the fetch at the stall timeout"
    );
    claim!(
        matches!(drips, Some(Err(Error::Overdue(_)))),
        "a body that drips for ever ends the fetch at the total timeout"
    );
    let first = order.first().is_some_and(|url| !slow.contains(url));
    claim!(first, "a healthy page asked for after three slow ones arrives before them");
    Ok(())
}
