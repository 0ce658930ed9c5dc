//! The common part of the proxies: an object that the manager keeps, and values that go
//! there and come back.

use std::sync::Arc;

use ipc_pipe::{DecodeError, decode, encode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Error;
use crate::client::{Client, LockGuard};
use crate::message::{Bytes, Hold, Reply, Request, unpack};

/// An object, by the number that the manager gave it.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) client: Arc<Client>,
    pub(crate) number: u64,
}

impl Object {
    /// One operation.
    pub(crate) fn ask<R>(
        &self,
        request: Request<'_>,
        read: impl FnOnce(&Reply<'_>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        self.client.ask(Hold::No, request, read)
    }

    /// The first of two operations between which no other client has any.
    pub(crate) fn hold<R>(
        &self,
        request: Request<'_>,
        read: impl FnOnce(&Reply<'_>) -> Result<R, Error>,
    ) -> Result<(LockGuard<'_>, R), Error> {
        LockGuard::take(&self.client, request, read)
    }
}

pub(crate) fn encoded<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    encode(value, &mut bytes)?;
    Ok(bytes)
}

pub(crate) fn decoded<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    decode(bytes).map_err(Error::Decode)
}

/// Reads an answer that gives nothing.
pub(crate) fn done(reply: &Reply<'_>) -> Result<(), Error> {
    if let Reply::Done = reply { Ok(()) } else { Err(unexpected()) }
}

/// Reads an answer that gives a number.
pub(crate) fn number(reply: &Reply<'_>) -> Result<u64, Error> {
    if let Reply::Number(number) = reply { Ok(*number) } else { Err(unexpected()) }
}

/// Reads an answer that gives a value, or none.
pub(crate) fn maybe<T: DeserializeOwned>(
    reply: &Reply<'_>,
) -> Result<Option<T>, Error> {
    if let Reply::Maybe(value) = reply {
        value.as_ref().map(|Bytes(value)| decoded(value)).transpose()
    } else {
        Err(unexpected())
    }
}

/// Reads an answer that gives whether there is, or was, a value.
pub(crate) fn any(reply: &Reply<'_>) -> Result<bool, Error> {
    if let Reply::Maybe(value) = reply {
        Ok(value.is_some())
    } else {
        Err(unexpected())
    }
}

/// Reads an answer that gives all values.
pub(crate) fn many<'a>(
    reply: &'a Reply<'_>,
) -> Result<impl Iterator<Item = Result<&'a [u8], Error>>, Error> {
    if let Reply::Many(Bytes(values)) = reply {
        Ok(unpack(values).map(|value| value.map_err(Error::Decode)))
    } else {
        Err(unexpected())
    }
}

/// Reads an answer that gives all values of one type.
pub(crate) fn all<T: DeserializeOwned>(reply: &Reply<'_>) -> Result<Vec<T>, Error> {
    many(reply)?.map(|value| decoded(value?)).collect()
}

pub(crate) fn unexpected() -> Error {
    Error::Decode(DecodeError::Malformed)
}
