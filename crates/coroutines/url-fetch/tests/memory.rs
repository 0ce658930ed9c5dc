//! The memory of many large pages: that of the pages at once, and not of all.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use url_fetch::kit::{Server, block_on};
use url_fetch::{Fetcher, Limits};

tests::main! {
    memory_grows_by_the_pages_at_once,
    a_body_of_unknown_length_takes_twice_as_much_at_most,
}

const CAP: usize = 4 << 20;
const AT_ONCE: usize = 8;
const PAGES: usize = 100;

/// 100 pages of 4 MiB, 8 at once.
fn memory_grows_by_the_pages_at_once() {
    let growth = growth("");
    let most = AT_ONCE * CAP + (16 << 20);
    assert!(growth <= most, "{} KiB, at most {}", growth >> 10, most >> 10);
}

/// A vector that grows leaves holes in the heap.
fn a_body_of_unknown_length_takes_twice_as_much_at_most() {
    let growth = growth("&chunked=");
    let most = 2 * AT_ONCE * CAP + (16 << 20);
    assert!(growth <= most, "{} KiB, at most {}", growth >> 10, most >> 10);
}

fn growth(how: &str) -> usize {
    let server = Server::start().unwrap();
    let limits = Limits { at_once: AT_ONCE, bytes: CAP, ..Limits::default() };
    let fetcher = Fetcher::new(limits).unwrap();
    let before = peak();
    let url = format!("{}{how}", server.page("page", CAP, 0.0));
    let mut pages = fetcher.fetch_all(std::iter::repeat_n(url, PAGES));
    let complete = block_on(async {
        let mut complete = 0;
        while let Some((_url, page)) = pages.next().await {
            complete += usize::from(page.unwrap().body.len() == CAP);
        }
        complete
    });
    assert_eq!(complete.unwrap(), PAGES);
    peak() - before
}

/// The most memory that this process has ever had resident, in bytes.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kib: usize = line.trim().trim_end_matches(" kB").parse().unwrap();
    kib << 10
}
