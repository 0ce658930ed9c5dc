//! The requests of the clients, and the manager's replies.

use std::borrow::Cow;
use std::fmt;

use ipc_pipe::{DecodeError, EncodeError, LIMIT, encode};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A client's message: a request, and what it does to the lock before and after.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Message<'a> {
    pub(crate) hold: Hold,
    #[serde(borrow)]
    pub(crate) request: Request<'a>,
}

/// The effect of a request on the manager's lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Hold {
    /// Nothing: it waits its turn, and that is all.
    No,
    /// It takes the lock before, which then is the client's.
    Take,
    /// It gives the lock back afterwards.
    Release,
}

/// One operation. The manager knows keys and values only as bytes.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Request<'a> {
    Nothing,
    NewDict,
    NewList,
    #[serde(borrow)]
    NewValue(Bytes<'a>),
    Insert(u64, Bytes<'a>, Bytes<'a>),
    Get(u64, Bytes<'a>),
    Remove(u64, Bytes<'a>),
    Items(u64),
    Keys(u64),
    Values(u64),
    Clear(u64),
    Len(u64),
    /// Values [`Packed`] one behind the other.
    Append(u64, Bytes<'a>),
    Pop(u64),
    At(u64, u64),
    SetAt(u64, u64, Bytes<'a>),
    All(u64),
    Value(u64),
    SetValue(u64, Bytes<'a>),
}

/// The manager's answer to a request.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Reply<'a> {
    Done,
    /// The number of an object, or of its entries.
    Number(u64),
    #[serde(borrow)]
    Maybe(Option<Bytes<'a>>),
    /// Values [`Packed`] one behind the other.
    Many(Bytes<'a>),
    /// There is no such place in a list of this length.
    OutOfRange(u64),
    /// The answer does not fit into a message; or what is to be kept takes too much
    /// memory.
    TooLong,
    /// There is no descriptor for another client. It is the answer to the first
    /// request, sent before that.
    Busy,
}

/// Bytes that serde writes and reads in one piece, without copying them when it reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bytes<'a>(pub(crate) Cow<'a, [u8]>);

impl Bytes<'_> {
    pub(crate) fn to_vec(&self) -> Vec<u8> {
        self.0.to_vec()
    }
}

impl<'a> From<&'a [u8]> for Bytes<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self(Cow::Borrowed(bytes))
    }
}

impl<'a> From<&'a Vec<u8>> for Bytes<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Self(Cow::Borrowed(bytes))
    }
}

impl From<Vec<u8>> for Bytes<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Cow::Owned(bytes))
    }
}

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Bytes<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrowed;
        impl<'de> Visitor<'de> for Borrowed {
            type Value = &'de [u8];

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_borrowed_bytes<E: Error>(
                self,
                bytes: &'de [u8],
            ) -> Result<&'de [u8], E> {
                Ok(bytes)
            }
        }
        deserializer.deserialize_bytes(Borrowed).map(Self::from)
    }
}

/// How many bytes the shortest value takes in a list.
const PLACE: usize = 16;

/// How many bytes a value in a list takes of the manager's memory.
pub(crate) fn weight(value: &[u8]) -> usize {
    value.len().max(PLACE)
}

/// Values one behind the other, each behind its length. They are read one by one: many
/// short ones would take more room side by side than in the message.
#[derive(Debug, Default)]
pub(crate) struct Packed(Vec<u8>);

impl Packed {
    /// Adds a value; it is an error if there is no room for it in a message.
    pub(crate) fn push(&mut self, value: &[u8]) -> Result<(), EncodeError> {
        encode(&Bytes::from(value), &mut self.0)?;
        if self.0.len() > LIMIT { Err(EncodeError::TooLong) } else { Ok(()) }
    }

    pub(crate) fn into_bytes(self) -> Bytes<'static> {
        self.0.into()
    }
}

/// The values that are [`Packed`], up to the first that is none.
pub(crate) fn unpack(
    mut rest: &[u8],
) -> impl Iterator<Item = Result<&[u8], DecodeError>> {
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (value, left) = postcard::take_from_bytes(rest)
            .map_or((Err(DecodeError::Malformed), &[][..]), |(value, left)| {
                (Ok(value), left)
            });
        rest = left;
        Some(value)
    })
}
