//! Why a broker did not do what it was asked.

/// Why a call of a [`Broker`](crate::Broker) failed.
///
/// The place that each variant names is a URL without the credentials.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is not the URL of a broker.
    #[error("{url:?} is not the URL of a broker: {reason}")]
    Url {
        /// The text.
        url: String,
        /// The part that is wrong.
        reason: String,
    },
    /// No connection: no such host, nothing that listens, or no answer in time.
    #[error("cannot connect to {place}: {cause}")]
    Unreachable {
        /// The broker.
        place: String,
        /// What the system or the client library says.
        cause: String,
    },
    /// The broker does not accept the user, the password or the virtual host.
    #[error("{place} refuses the login: {cause}")]
    Login {
        /// The broker.
        place: String,
        /// The broker's words.
        cause: String,
    },
    /// A connection that was there is gone, or has not answered in time.
    #[error("the connection to {place} is lost: {cause}")]
    Lost {
        /// The broker.
        place: String,
        /// What the system or the client library says.
        cause: String,
    },
    /// The broker has something else under the queue's name.
    #[error("{place} has a {queue:?} of another type: {cause}")]
    OtherType {
        /// The broker.
        place: String,
        /// The queue's name.
        queue: String,
        /// The broker's words.
        cause: String,
    },
    /// The item is larger than [`MAX_ITEM`](crate::MAX_ITEM), or than the broker takes.
    #[error("{place} does not take an item of {bytes} bytes: {cause}")]
    TooLarge {
        /// The broker.
        place: String,
        /// The size of the item.
        bytes: usize,
        /// The limit.
        cause: String,
    },
    /// The delivery is of another broker, or of a connection that has been lost.
    #[error("{place} cannot acknowledge a delivery that is not its own")]
    NotMine {
        /// The broker.
        place: String,
    },
    /// Any other refusal of the broker.
    #[error("{place} answers: {cause}")]
    Refused {
        /// The broker.
        place: String,
        /// The broker's words.
        cause: String,
    },
}

impl Error {
    /// Whether the broker was not there, so that the same call may succeed later, over
    /// a new connection.
    ///
    /// ```
    /// let refused = brokers::connect("redis://127.0.0.1:1", "apples").err();
    /// assert!(refused.is_some_and(|error| error.is_gone()));
    /// ```
    #[must_use]
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Lost { .. })
    }
}
