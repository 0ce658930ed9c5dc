//! What a fetch may take.

use std::time::Duration;

/// What a fetch may take, and how many may run at once.
///
/// The three timeouts bound three different waits, and a slow server needs all of them.
/// `connect` ends with the connection, `stall` begins anew with each part of the
/// answer, and `total` bounds all of it.
///
/// ```
/// use std::time::Duration;
/// use url_fetch::Limits;
///
/// let limits = Limits { total: Duration::from_secs(20), ..Limits::default() };
/// assert_eq!(limits.at_once, 8);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many fetches run at once; 8 by default. The others wait for a slot.
    pub at_once: usize,
    /// The longest time to look the host up, to connect and, for https, to agree on
    /// keys; 10 s by default.
    pub connect: Duration,
    /// The longest time in which nothing of the body arrives; 30 s by default. The head
    /// of the answer must arrive within `connect + stall`, redirects included.
    pub stall: Duration,
    /// The longest time from the slot to the last byte; 300 s by default. The wait for
    /// a slot is not part of it.
    pub total: Duration,
    /// The most bytes of a body; 64 MiB by default.
    pub bytes: usize,
    /// The most redirects that one fetch follows; 10 by default.
    pub redirects: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            at_once: 8,
            connect: Duration::from_secs(10),
            stall: Duration::from_secs(30),
            total: Duration::from_mins(5),
            bytes: 64 << 20,
            redirects: 10,
        }
    }
}
