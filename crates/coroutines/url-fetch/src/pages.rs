//! Many fetches, as one stream of pages.

use tokio::task::JoinSet;

use crate::{Error, Fetcher, Page};

/// The pages of [`Fetcher::fetch_all`], in the order in which they are complete.
///
/// Pages that have not been taken count as running, so at most
/// [`Limits::at_once`](crate::Limits::at_once) pages are in memory beside those that
/// the caller keeps. Dropping it cancels the fetches that run, and begins no other.
#[derive(Debug)]
#[must_use = "nothing is fetched until `next` is called"]
pub struct Pages<I> {
    fetcher: Fetcher,
    urls: I,
    running: JoinSet<(String, Result<Page, Error>)>,
}

impl Fetcher {
    /// Fetches all these pages; they come in the order in which they are complete.
    ///
    /// A URL is taken from the iterator only when its fetch can begin.
    ///
    /// ```
    /// use url_fetch::kit::{Fault, Server, block_on};
    /// use url_fetch::{Fetcher, Limits};
    ///
    /// let server = Server::start()?;
    /// let urls = [server.page("python", 48_860, 0.0), server.fault(Fault::NotFound)];
    /// let mut pages = Fetcher::new(Limits::default())?.fetch_all(urls);
    /// block_on(async {
    ///     while let Some((url, page)) = pages.next().await {
    ///         assert_eq!(page.is_ok(), url.contains("python"));
    ///     }
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fetch_all<I>(&self, urls: I) -> Pages<I::IntoIter>
    where
        I: IntoIterator<Item = String>,
    {
        let (fetcher, urls) = (self.clone(), urls.into_iter());
        Pages { fetcher, urls, running: JoinSet::new() }
    }
}

impl<I: Iterator<Item = String>> Pages<I> {
    /// Waits for the next page, or the error that took its place, with the URL that was
    /// asked for; nothing when all URLs have had their turn.
    ///
    /// Dropping the future loses no page: the next call gives it.
    ///
    /// # Panics
    /// As [`Fetcher::fetch`].
    pub async fn next(&mut self) -> Option<(String, Result<Page, Error>)> {
        while self.running.len() < self.fetcher.limits().at_once {
            let Some(url) = self.urls.next() else { break };
            let fetcher = self.fetcher.clone();
            self.running.spawn(async move {
                let page = fetcher.fetch(&url).await;
                (url, page)
            });
        }
        match self.running.join_next().await? {
            Ok(fetched) => Some(fetched),
            // Nothing aborts a task of the set, so it has panicked.
            Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
        }
    }

    /// How many fetches run, those included whose page has not been taken yet.
    #[must_use]
    pub fn running(&self) -> usize {
        self.running.len()
    }
}
