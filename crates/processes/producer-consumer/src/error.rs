//! Why an item was not put or not got.

use std::fmt;

/// Why an item was not put. It gives the item back.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum PutError<T> {
    /// There was no room: not now (`try_put`), or not in time (`put_timeout`). Another
    /// process may also have been in the middle of a put for that long.
    #[error("the queue is full")]
    Full(T),
    /// The queue has been closed.
    #[error("the queue is closed")]
    Closed(T),
    /// The item takes more bytes than the queue has.
    #[error("an item of {size} bytes is longer than the {limit} that the queue takes")]
    TooLarge {
        /// The item.
        item: T,
        /// How many bytes it takes, encoded.
        size: usize,
        /// How many bytes an item of this queue takes at most.
        limit: usize,
    },
    /// The item cannot be encoded.
    #[error("the item cannot be encoded: {reason}")]
    Encode {
        /// The item.
        item: T,
        /// The text of the encoder's error, or of the item's `Serialize`.
        reason: String,
    },
}

impl<T> PutError<T> {
    /// The item that was not put.
    pub fn into_item(self) -> T {
        match self {
            Self::Full(item)
            | Self::Closed(item)
            | Self::TooLarge { item, .. }
            | Self::Encode { item, .. } => item,
        }
    }
}

/// Shows the reason, but not the item, so the item may be of any type.
impl<T> fmt::Debug for PutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PutError({self})")
    }
}

/// Why no item was got.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GetError {
    /// There was no item: not now (`try_get`), or not in time (`get_timeout`). Another
    /// process may also have been in the middle of a get for that long.
    #[error("the queue is empty")]
    Empty,
    /// The queue has been closed, and every item has been taken.
    #[error("the queue is closed and empty")]
    Closed,
    /// An item was taken that its type does not accept; it is gone. The text is that of
    /// the decoder's error, or of the item's `Deserialize`.
    #[error("an item cannot be decoded: {0}")]
    Decode(String),
}
