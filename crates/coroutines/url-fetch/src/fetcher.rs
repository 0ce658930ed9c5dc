//! The fetcher: one page at a time for each caller, within limits that all share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use reqwest::Client;
use reqwest::redirect::Policy;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::{Error, Limits};

/// Fetches pages over http and https, within [`Limits`].
///
/// Clones share the limits and the open connections, so each task may have its own.
///
/// ```
/// use url_fetch::kit::{Server, block_on};
/// use url_fetch::{Fetcher, Limits};
///
/// let server = Server::start()?;
/// let fetcher = Fetcher::new(Limits::default())?;
/// let page = block_on(fetcher.fetch(&server.page("python", 48_860, 0.0)))??;
/// assert_eq!(page.body.len(), 48_860);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Fetcher(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    client: Client,
    limits: Limits,
    slots: Semaphore,
    received: AtomicU64,
}

/// A page that has been fetched completely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The URL that has answered: after redirects another one than was asked for.
    pub url: String,
    /// The body, as the server has sent it.
    pub body: Vec<u8>,
}

impl Fetcher {
    /// A fetcher that connects to each host itself.
    ///
    /// # Errors
    /// [`Error::NoSlots`] if the limits allow no fetch at all, [`Error::Other`] if the
    /// TLS library cannot be set up.
    pub fn new(limits: Limits) -> Result<Self, Error> {
        Self::over(Client::builder().no_proxy(), limits)
    }

    /// A fetcher that goes through the proxies that the environment names
    /// (`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`).
    ///
    /// # Errors
    /// As [`Fetcher::new`].
    pub fn with_proxies(limits: Limits) -> Result<Self, Error> {
        Self::over(Client::builder(), limits)
    }

    fn over(client: reqwest::ClientBuilder, limits: Limits) -> Result<Self, Error> {
        if limits.at_once == 0 {
            return Err(Error::NoSlots);
        }
        let client = client
            .tls_backend_preconfigured(tls()?)
            .user_agent(concat!("url-fetch/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::limited(limits.redirects))
            .connect_timeout(limits.connect)
            .build()
            .map_err(|error| Error::Other(error.into()))?;
        let slots = Semaphore::new(limits.at_once.min(Semaphore::MAX_PERMITS));
        let received = AtomicU64::new(0);
        Ok(Self(Arc::new(Shared { client, limits, slots, received })))
    }

    /// Waits for a slot, then fetches the page.
    ///
    /// Dropping the future cancels the fetch: its connection is closed, and its slot
    /// goes to the next one.
    ///
    /// # Errors
    /// Any [`Error`] but [`NoSlots`](Error::NoSlots).
    ///
    /// # Panics
    /// Outside a tokio runtime whose I/O and time drivers are enabled.
    pub async fn fetch(&self, url: &str) -> Result<Page, Error> {
        let slot = self.0.slots.acquire().await;
        let _slot = slot.map_err(|closed| Error::Other(closed.into()))?;
        let total = self.0.limits.total;
        timeout(total, self.page(url)).await.unwrap_or(Err(Error::Overdue(total)))
    }

    /// How many bytes of bodies have arrived so far, those of failed fetches included.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.0.received.load(Ordering::Relaxed)
    }

    /// The limits of all its fetches.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    async fn page(&self, url: &str) -> Result<Page, Error> {
        let Shared { client, limits, received, .. } = &*self.0;
        let stalled = |_elapsed| Error::Stalled(limits.stall);

        let head = limits.connect.saturating_add(limits.stall);
        let answer = timeout(head, client.get(url).send()).await.map_err(stalled)?;
        let mut answer = answer.map_err(|error| Error::of(error, 0, limits))?;
        if !answer.status().is_success() {
            return Err(Error::Status(answer.status().as_u16()));
        }
        let announced = answer.content_length().unwrap_or(0);
        if announced > limits.bytes as u64 {
            return Err(Error::TooLarge(limits.bytes));
        }

        let mut body = Vec::new();
        loop {
            let part = timeout(limits.stall, answer.chunk()).await.map_err(stalled)?;
            let part = part.map_err(|error| Error::of(error, body.len(), limits))?;
            let Some(part) = part else { break };
            received.fetch_add(part.len() as u64, Ordering::Relaxed);
            let room = limits.bytes - body.len();
            if part.len() > room {
                return Err(Error::TooLarge(limits.bytes));
            }
            if part.len() > body.capacity() - body.len() {
                // Twice as much, as a vector grows by itself, but never beyond the cap.
                let more = body.len().max(part.len()).max(announced as usize);
                body.reserve_exact(more.min(room));
            }
            body.extend_from_slice(&part);
        }
        Ok(Page { url: answer.url().to_string(), body })
    }
}

/// TLS by ring, with the certificates of the system.
///
/// A system without any is no error here: http needs none, and https fails with
/// [`Error::Tls`].
fn tls() -> Result<ClientConfig, Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let config = ClientConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Other(error.into()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
