//! The cap, the slots and the cancellation of fetches, under random loads.

use std::time::Duration;

use proptest::prelude::*;
use url_fetch::kit::{Server, block_on};
use url_fetch::{Error, Fetcher, Limits};

fn send_and_sync<T: Send + Sync + 'static>() {}

#[test]
fn tasks_may_share_a_fetcher_and_pass_errors_on() {
    send_and_sync::<Fetcher>();
    send_and_sync::<Error>();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A page arrives if and only if it is not larger than the cap, with or without an
    /// announced length.
    #[test]
    fn the_cap_decides(bytes in 0..100_000_usize, over in -3..3_isize, chunked: bool) {
        let server = Server::start().unwrap();
        let cap = bytes.saturating_add_signed(over);
        let limits = Limits { bytes: cap, ..Limits::default() };
        let fetcher = Fetcher::new(limits).unwrap();
        let how = if chunked { "&chunked=" } else { "" };
        let url = format!("{}{how}", server.page("page", bytes, 0.0));
        match block_on(fetcher.fetch(&url)).unwrap() {
            Ok(page) => {
                prop_assert!(bytes <= cap);
                prop_assert_eq!(page.body.len(), bytes);
                prop_assert!(page.body.capacity() <= cap.max(1));
            }
            Err(Error::TooLarge(limit)) => {
                prop_assert!(bytes > cap);
                prop_assert_eq!(limit, cap);
            }
            Err(other) => prop_assert!(false, "{other:?}"),
        }
    }

    /// Fetches that are cancelled at random leave no slot taken and no request waiting.
    #[test]
    fn cancelled_fetches_leave_nothing(
        at_once in 1..5_usize,
        patience in prop::collection::vec(0..20_u64, 1..20),
    ) {
        let server = Server::start().unwrap();
        let limits = Limits { at_once, ..Limits::default() };
        let fetcher = Fetcher::new(limits).unwrap();
        block_on(async {
            let mut tasks = tokio::task::JoinSet::new();
            for (number, ms) in patience.into_iter().enumerate() {
                let url = server.page(&format!("page-{number}"), 100, 0.1);
                let fetcher = fetcher.clone();
                let time = Duration::from_millis(ms);
                tasks.spawn(async move {
                    tokio::time::timeout(time, fetcher.fetch(&url)).await
                });
            }
            for page in tasks.join_all().await.into_iter().flatten() {
                assert_eq!(page.unwrap().body.len(), 100);
            }
            // All slots can be had at once: as many requests wait together.
            let urls = (0..at_once).map(|it| server.page(&it.to_string(), 1, 60.0));
            let mut pages = fetcher.fetch_all(urls);
            tokio::select! {
                ended = pages.next() => panic!("{ended:?}"),
                is_full = server.has_seen(|it| it.waiting == at_once) => {
                    assert!(is_full);
                }
            }
            drop(pages);
            assert!(server.has_seen(|counts| counts.waiting == 0).await);
        }).unwrap();
    }
}

#[test]
fn urls_are_taken_only_when_their_fetch_begins() {
    let server = Server::start().unwrap();
    let fetcher = Fetcher::new(Limits { at_once: 3, ..Limits::default() }).unwrap();
    let taken = std::cell::Cell::new(0);
    let url = server.page("page", 10, 0.0);
    let urls = std::iter::repeat_with(|| {
        taken.set(taken.get() + 1);
        url.clone()
    });
    // There are more of them than could ever be fetched.
    let mut pages = fetcher.fetch_all(urls);
    block_on(async {
        for ended in 1..=50 {
            pages.next().await.unwrap().1.unwrap();
            assert!(taken.get() < ended + 3, "{} of {ended}", taken.get());
        }
    })
    .unwrap();
    assert!(fetcher.received() >= 10 * 50);
}
