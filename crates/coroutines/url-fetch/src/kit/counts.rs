//! What a server has seen.

use std::time::Instant;

use tokio::sync::watch;

/// What a [`Server`](super::Server) has seen so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// How many requests have arrived.
    pub requests: usize,
    /// How many requests wait for their answer.
    pub waiting: usize,
    /// The most that have ever waited at once.
    pub most_at_once: usize,
    /// How many clients have gone while their answer was due.
    pub gone: usize,
    /// When the first request has arrived.
    pub first: Option<Instant>,
}

/// A request that waits for its answer, until it is dropped.
pub struct Waiting<'a>(&'a watch::Sender<Counts>);

impl<'a> Waiting<'a> {
    pub fn count(counts: &'a watch::Sender<Counts>) -> Self {
        counts.send_modify(|counts| {
            counts.first.get_or_insert_with(Instant::now);
            counts.requests += 1;
            counts.waiting += 1;
            counts.most_at_once = counts.most_at_once.max(counts.waiting);
        });
        Self(counts)
    }

    /// The client has gone.
    pub fn gone(self) {
        self.0.send_modify(|counts| counts.gone += 1);
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|counts| counts.waiting -= 1);
    }
}
