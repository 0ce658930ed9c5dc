//! The faults of a server, by name.

use std::fmt;

/// A fault that a [`Server`](super::Server) shows on request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing listens on the port.
    Refuses,
    /// The queue of the listener is full, so the kernel drops each attempt to connect.
    Unanswered,
    /// The connection is closed when the request has arrived.
    Closes,
    /// The answer is not HTTP.
    Garbage,
    /// The status is 404.
    NotFound,
    /// The status is 500.
    ServerError,
    /// Each answer redirects to another page of the same kind.
    Redirects,
    /// The connection is reset when half of the body has been sent.
    Resets,
    /// The connection is closed when half of the announced body has been sent.
    Short,
    /// Twice as much is sent as was announced.
    Long,
    /// The body never ends.
    Endless,
    /// The body is announced with 1 TiB.
    TooLarge,
    /// One byte of the body is sent every tenth of a second, for ever.
    Drips,
    /// Half of the body is sent, then nothing.
    Stalls,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Refuses,
        Self::Unanswered,
        Self::Closes,
        Self::Garbage,
        Self::NotFound,
        Self::ServerError,
        Self::Redirects,
        Self::Resets,
        Self::Short,
        Self::Long,
        Self::Endless,
        Self::TooLarge,
        Self::Drips,
        Self::Stalls,
    ];

    /// Its name, which is also the path of its URL.
    ///
    /// ```
    /// # use url_fetch::kit::Fault;
    /// assert_eq!(Fault::NotFound.name(), "not-found");
    /// ```
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Refuses => "refuses",
            Self::Unanswered => "unanswered",
            Self::Closes => "closes",
            Self::Garbage => "garbage",
            Self::NotFound => "not-found",
            Self::ServerError => "server-error",
            Self::Redirects => "redirects",
            Self::Resets => "resets",
            Self::Short => "short",
            Self::Long => "long",
            Self::Endless => "endless",
            Self::TooLarge => "too-large",
            Self::Drips => "drips",
            Self::Stalls => "stalls",
        }
    }

    /// The fault of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.name() == name)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
