//! Pages fetched over http and https, at most so many at once, within limits (N3.7).
//!
//! [`Fetcher::fetch`] fetches a page, and [`Fetcher::fetch_all`] many of them, by
//! [reqwest](https://docs.rs/reqwest) on [tokio](https://docs.rs/tokio). reqwest speaks
//! HTTP; this crate adds the bounds without which a slow or hostile server decides how
//! much time and memory a program takes ([`Limits`]), and gives each way to fail an
//! error of its own ([`Error`]).
//!
//! ```
//! use std::time::Duration;
//! use url_fetch::kit::{Fault, Server, block_on};
//! use url_fetch::{Error, Fetcher, Limits};
//!
//! let server = Server::start()?;
//! let limits = Limits { total: Duration::from_millis(200), ..Limits::default() };
//! let fetcher = Fetcher::new(limits)?;
//! let page = block_on(fetcher.fetch(&server.fault(Fault::Drips)))?;
//! assert!(matches!(page, Err(Error::Overdue(_))));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is promised
//! - A page is complete: a body that ends before its announced length, or without its
//!   last chunk, is an error. A body without either ends with its connection, and then
//!   HTTP gives no way to tell.
//! - At most [`Limits::at_once`] fetches run, over all clones of a [`Fetcher`].
//! - Each fetch ends within [`Limits::total`] of getting its slot, whatever the server
//!   does. [`Limits::connect`] and [`Limits::stall`] end it earlier, and say why.
//! - No body is kept beyond [`Limits::bytes`]. One that is announced as larger is not
//!   read at all.
//! - A fetch that is dropped closes its connection, unless its page was complete, and
//!   gives its slot to the next one. [`Pages`] that are dropped cancel all their
//!   fetches.
//! - Thousands of pages by [`Pages`] need memory for at most `at_once` bodies, or for
//!   twice as many if their lengths are not announced, and for the buffers of the
//!   connections.
//!
//! # Limits
//! - It sends GET requests alone, over HTTP/1.1, with no cookies and no cache. A body
//!   is as the server has sent it; no compression is asked for.
//! - It does not retry. A server that closes a kept connection just as the next request
//!   is sent makes that fetch fail with [`Error::Closed`].
//! - It has no limit for a single host, and no bound on the rate.
//! - Certificates are those of the system (`SSL_CERT_FILE` names others), and are read
//!   once, when the fetcher is made.
//!
//! # By hand
//! ```console
//! $ cargo run -q -p url-fetch -- fetch --at-once 2 https://www.python.org/ …
//! 0.21 s  49874 bytes  https://www.python.org/
//! 0.48 s  failed  http://nowhere.invalid/: the host was not found: …
//! url-fetch: 1 of 2 pages failed
//! ```
//! On a terminal a bar shows the pages that have ended, the fetches that run and the
//! bytes so far. Ctrl-C cancels those that run. `--save FOLDER` writes each page to a
//! file, which appears when it is complete.
//!
//! `cargo run -p url-fetch -- faults --port 8085` serves each [`Fault`](kit::Fault)
//! under a URL of its own, which it prints, to try any client against.
//!
//! # What it costs
//! `cargo bench -p url-fetch` measures the CPU time of a page of 16 KiB, at most 100 at
//! once: the fetcher, reqwest without limits, curl and gevent. A fetch adds one timer
//! for the whole and one for each part to what reqwest does, and copies each part once.
//!
//! # Modules
//! | module | role |
//! |---|---|
//! | `fetcher` | [`Fetcher`], [`Page`]: one page, within limits |
//! | `pages` | [`Pages`]: many pages, as they come |
//! | `limits`, `error` | [`Limits`], [`Error`] |
//! | [`kit`] | the server of pages and faults, and what the scenes need besides |

#![forbid(unsafe_code)]

mod error;
mod fetcher;
pub mod kit;
mod limits;
mod pages;

pub use error::{Cause, Error};
pub use fetcher::{Fetcher, Page};
pub use limits::Limits;
pub use pages::Pages;
