//! Why a page could not be fetched.

use std::error::Error as StdError;
use std::io::{self, ErrorKind};
use std::time::Duration;

use crate::Limits;

/// The error of a library below, whose type is not promised.
pub type Cause = Box<dyn StdError + Send + Sync>;

/// Why a page could not be fetched.
///
/// ```
/// # use url_fetch::Error;
/// assert_eq!(Error::Status(404).to_string(), "status 404");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// [`Limits::at_once`] is 0, so that no fetch would ever run.
    #[error("at most 0 fetches at once: the least is 1")]
    NoSlots,
    /// The text is not the URL of a page: it does not parse, or its scheme is neither
    /// http nor https.
    #[error("not an http or https URL")]
    Url(#[source] Cause),
    /// The host has no address, or it could not be looked up.
    #[error("the host was not found")]
    NoAddress(#[source] Cause),
    /// Nothing listens on that port.
    #[error("connection refused")]
    Refused,
    /// The connection failed in another way, as where the network is unreachable.
    #[error("cannot connect")]
    Connect(#[source] Cause),
    /// The server's certificate was not accepted, or it does not speak TLS.
    #[error("no secure connection")]
    Tls(#[source] Cause),
    /// [`Limits::connect`] has passed.
    #[error("not connected within {0:?}")]
    ConnectTimeout(Duration),
    /// [`Limits::stall`] has passed, and nothing arrived meanwhile.
    #[error("nothing received for {0:?}")]
    Stalled(Duration),
    /// [`Limits::total`] has passed.
    #[error("not complete within {0:?}")]
    Overdue(Duration),
    /// The server has answered with another status than success.
    #[error("status {0}")]
    Status(u16),
    /// There would be more than [`Limits::redirects`] redirects.
    #[error("more than {0} redirects")]
    Redirects(usize),
    /// The body is longer than [`Limits::bytes`], or the server has announced that it
    /// will be.
    #[error("more than {0} bytes")]
    TooLarge(usize),
    /// The server has closed the connection before the head of its answer was complete.
    #[error("closed without an answer")]
    Closed,
    /// The server has closed the connection before the body was complete.
    #[error("closed after {received} bytes of the body")]
    Truncated {
        /// How many bytes of the body have arrived.
        received: usize,
    },
    /// The connection was reset.
    #[error("connection reset")]
    Reset,
    /// The answer is not HTTP.
    #[error("the answer is not HTTP")]
    NotHttp(#[source] Cause),
    /// Anything else.
    #[error("cannot fetch the page")]
    Other(#[source] Cause),
}

impl Error {
    /// The meaning of an error of reqwest, once so many bytes of the body have arrived.
    pub(crate) fn of(error: reqwest::Error, received: usize, limits: &Limits) -> Self {
        // The URL is named by the caller, who knows which one it was.
        let error = error.without_url();
        if error.is_connect() {
            Self::of_connecting(error, limits)
        } else if error.is_builder() {
            Self::Url(error.into())
        } else if error.is_redirect() {
            Self::Redirects(limits.redirects)
        } else if let Some(http) = find::<hyper::Error>(&error)
            && http.is_parse()
        {
            Self::NotHttp(error.into())
        } else if let Some(http) = find::<hyper::Error>(&error)
            && http.is_incomplete_message()
        {
            Self::Closed
        } else {
            match find::<io::Error>(&error).map(io::Error::kind) {
                Some(ErrorKind::UnexpectedEof) => Self::Truncated { received },
                Some(ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => Self::Reset,
                // A chunk without its length.
                Some(ErrorKind::InvalidInput | ErrorKind::InvalidData) => {
                    Self::NotHttp(error.into())
                }
                _ => Self::Other(error.into()),
            }
        }
    }

    fn of_connecting(error: reqwest::Error, limits: &Limits) -> Self {
        let refused = |it: &io::Error| it.kind() == ErrorKind::ConnectionRefused;
        if error.is_timeout() {
            Self::ConnectTimeout(limits.connect)
        } else if error.is_dns() {
            Self::NoAddress(error.into())
        } else if find::<rustls::Error>(&error).is_some() {
            Self::Tls(error.into())
        } else if find::<io::Error>(&error).is_some_and(refused) {
            Self::Refused
        } else {
            Self::Connect(error.into())
        }
    }
}

/// The first cause of that type.
fn find<E: StdError + 'static>(error: &reqwest::Error) -> Option<&E> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// The causes of an error, the nearest first.
fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    std::iter::successors(error.source(), |&error| {
        // The source of an `io::Error` is that of the error within, which it skips.
        let within = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        within.map(|it| it as _).or_else(|| error.source())
    })
}
