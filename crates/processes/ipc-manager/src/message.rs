//! What clients ask and the manager answers.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a client sends: a request, and what becomes of the lock before and after it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Message<'a> {
    pub(crate) hold: Hold,
    #[serde(borrow)]
    pub(crate) request: Request<'a>,
}

/// What a request does to the manager's lock.
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
    Clear(u64),
    Len(u64),
    Append(u64, Vec<Bytes<'a>>),
    Pop(u64),
    At(u64, u64),
    SetAt(u64, u64, Bytes<'a>),
    All(u64),
    Value(u64),
    SetValue(u64, Bytes<'a>),
}

/// What the manager answers.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Reply<'a> {
    Done,
    /// The number of an object, or of its entries.
    Number(u64),
    #[serde(borrow)]
    Maybe(Option<Bytes<'a>>),
    Many(Vec<Bytes<'a>>),
    /// There is no such place in a list of this length.
    OutOfRange(u64),
    /// The answer does not fit into a message.
    TooLong,
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
