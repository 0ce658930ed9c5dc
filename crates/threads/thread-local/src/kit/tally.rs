//! How many requests were served, and how many of them found the number of another.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::{ByIdent, Local};

/// The number of the request that is being served, kept in a local and in the note's
/// map; and how often each has given the number of another request.
///
/// ```
/// use thread_local::kit::{Counts, Tally};
///
/// let tally = Tally::new();
/// let _ = tally.local.set(3);
/// tally.map.set("request", 4);
/// tally.look(3);
/// assert_eq!(tally.take(), Counts { served: 1, local: 0, map: 1 });
/// ```
#[derive(Debug, Default)]
pub struct Tally {
    /// The number in a local.
    pub local: Local<usize>,
    /// The number in the note's map, as `request`.
    pub map: ByIdent<usize>,
    served: AtomicUsize,
    in_local: AtomicUsize,
    in_map: AtomicUsize,
}

/// What a [`Tally`] has counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Requests that were served.
    pub served: usize,
    /// Requests that found another number, or none, in the local.
    pub local: usize,
    /// Requests that found another number, or none, in the map.
    pub map: usize,
}

impl Tally {
    /// Nothing has been counted.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks up the number of a request that is being served, and counts.
    pub fn look(&self, request: usize) {
        let is_other = |found: Option<usize>| usize::from(found != Some(request));
        self.served.fetch_add(1, Relaxed);
        self.in_local.fetch_add(is_other(self.local.get()), Relaxed);
        self.in_map.fetch_add(is_other(self.map.get("request")), Relaxed);
    }

    /// What was counted since the last call.
    pub fn take(&self) -> Counts {
        let take = |count: &AtomicUsize| count.swap(0, Relaxed);
        Counts {
            served: take(&self.served),
            local: take(&self.in_local),
            map: take(&self.in_map),
        }
    }
}
