//! Each fault of a server, and what a fetch makes of it.
//!
//! Among them are the cases of `test_404`, `test_bad_address`, `test_bad_status_repr`,
//! `test_incomplete_read` and `test_chunked_missing_end` of CPython's suites for urllib
//! and http.client.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use url_fetch::kit::{Fault, Server, block_on};
use url_fetch::{Error, Fetcher, Limits, Page};

fn limits() -> Limits {
    Limits {
        at_once: 20,
        connect: Duration::from_secs(2),
        stall: Duration::from_secs(2),
        total: Duration::from_secs(4),
        bytes: 64 << 10,
        redirects: 10,
    }
}

fn fetch(url: &str) -> Result<Page, Error> {
    let fetcher = Fetcher::new(limits()).unwrap();
    block_on(fetcher.fetch(url)).unwrap()
}

#[test]
fn each_fault_has_its_outcome() {
    let server = Server::start().unwrap();
    let fetcher = Fetcher::new(limits()).unwrap();
    let mut pages = fetcher.fetch_all(Fault::ALL.map(|fault| server.fault(fault)));
    let mut ended = 0;
    block_on(async {
        while let Some((url, page)) = pages.next().await {
            let is = |fault| url == server.fault(fault);
            let fault = Fault::ALL.into_iter().find(|&fault| is(fault)).unwrap();
            let is_expected = match fault {
                Fault::Refuses => matches!(page, Err(Error::Refused)),
                Fault::Unanswered => matches!(page, Err(Error::ConnectTimeout(_))),
                Fault::Closes => matches!(page, Err(Error::Closed)),
                Fault::Garbage => matches!(page, Err(Error::NotHttp(_))),
                Fault::NotFound => matches!(page, Err(Error::Status(404))),
                Fault::ServerError => matches!(page, Err(Error::Status(500))),
                Fault::Redirects => matches!(page, Err(Error::Redirects(10))),
                Fault::Resets => matches!(page, Err(Error::Reset)),
                Fault::Short => {
                    matches!(page, Err(Error::Truncated { received: 500 }))
                }
                Fault::Long => page.as_ref().is_ok_and(|it| it.body.len() == 1_000),
                Fault::Endless | Fault::TooLarge => {
                    matches!(page, Err(Error::TooLarge(_)))
                }
                Fault::Drips => matches!(page, Err(Error::Overdue(_))),
                Fault::Stalls => matches!(page, Err(Error::Stalled(_))),
                other => panic!("{other} has no outcome"),
            };
            assert!(is_expected, "{fault}: {page:?}");
            ended += 1;
        }
    })
    .unwrap();
    assert_eq!(ended, Fault::ALL.len());
}

#[test]
fn the_names_of_faults_differ() {
    let names = Fault::ALL.map(Fault::name);
    let distinct: std::collections::BTreeSet<_> = names.into_iter().collect();
    assert_eq!(distinct.len(), Fault::ALL.len());
}

/// Answers one request with these bytes, and closes the connection.
fn answering(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut client, _peer) = listener.accept().unwrap();
        let mut received = [0; 4_096];
        let _request = client.read(&mut received).unwrap();
        client.write_all(answer.as_bytes()).unwrap();
    });
    url
}

#[test]
fn an_answer_is_complete_or_an_error() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let with = |rest| -> String { answering(String::leak(format!("{chunked}{rest}"))) };
    let body = |url: String| fetch(&url).map(|page| page.body);
    assert_eq!(body(with("3\r\nabc\r\n0\r\n\r\n")).unwrap(), b"abc");
    // Without its last chunk, and within one.
    for cut in ["3\r\nabc\r\n", "3\r\nab", "3\r\n", ""] {
        let end = body(with(cut));
        assert!(matches!(end, Err(Error::Truncated { .. })), "{cut:?}: {end:?}");
    }
    let end = body(with("xyz\r\nabc\r\n"));
    assert!(matches!(end, Err(Error::NotHttp(_))), "{end:?}");
    // Without a length the end of the connection is the end of the body.
    assert_eq!(body(answering("HTTP/1.1 200 OK\r\n\r\nabc")).unwrap(), b"abc");
    assert_eq!(body(answering("HTTP/1.1 204 No Content\r\n\r\n")).unwrap(), b"");
    // Half of a head.
    let end = body(answering("HTTP/1.1 200 OK\r\nContent-"));
    assert!(matches!(end, Err(Error::Closed)), "{end:?}");
    for bad in ["HTTP/9.9 200 OK\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n", "\0\0\0\0\r\n"] {
        let end = body(answering(bad));
        assert!(matches!(end, Err(Error::NotHttp(_))), "{bad:?}: {end:?}");
    }
}

#[test]
fn a_redirect_is_followed_and_named() {
    let server = Server::start().unwrap();
    let target = server.page("target", 100, 0.0);
    let head = format!("HTTP/1.1 302 Found\r\nLocation: {target}\r\n\r\n");
    let page = fetch(&answering(head.leak())).unwrap();
    assert_eq!((page.url, page.body.len()), (target, 100));
    // Elsewhere than to a page.
    let to = |place| {
        let head = format!("HTTP/1.1 302 Found\r\nLocation: {place}\r\n\r\n");
        fetch(&answering(head.leak()))
    };
    let end = to("file:///etc/passwd");
    assert!(matches!(end, Err(Error::Status(302))), "{end:?}");
    let end = to("ftp://a/b");
    assert!(matches!(end, Err(Error::Url(_))), "{end:?}");
    let end = fetch(&answering("HTTP/1.1 304 Not Modified\r\n\r\n"));
    assert!(matches!(end, Err(Error::Status(304))), "{end:?}");
}

#[test]
fn what_is_no_url_of_a_page_is_refused() {
    for bad in
        ["", "www.python.org", "ftp://a/b", "http://", "http://a b/", "file:///x"]
    {
        let end = fetch(bad);
        assert!(matches!(end, Err(Error::Url(_))), "{bad:?}: {end:?}");
    }
    // `.invalid` never has an address (RFC 2606).
    let end = fetch("http://nowhere.invalid/");
    assert!(matches!(end, Err(Error::NoAddress(_))), "{end:?}");
    // A server that does not speak TLS.
    let plain = answering("HTTP/1.1 400 Bad Request\r\n\r\n");
    let end = fetch(&plain.replace("http:", "https:"));
    assert!(matches!(end, Err(Error::Tls(_))), "{end:?}");
}

#[test]
fn no_fetch_at_once_is_an_error() {
    let none = Fetcher::new(Limits { at_once: 0, ..Limits::default() });
    assert!(matches!(none, Err(Error::NoSlots)), "{none:?}");
    assert!(Fetcher::new(Limits { at_once: usize::MAX, ..Limits::default() }).is_ok());
}

#[test]
fn a_connection_with_bytes_left_over_is_not_used_again() {
    let server = Server::start().unwrap();
    let fetcher = Fetcher::new(limits()).unwrap();
    let lengths = block_on(async {
        let mut lengths = Vec::new();
        for url in [server.fault(Fault::Long), server.page("next", 7, 0.0)] {
            lengths.push(fetcher.fetch(&url).await.unwrap().body.len());
        }
        lengths
    });
    assert_eq!(lengths.unwrap(), [1_000, 7]);
}
