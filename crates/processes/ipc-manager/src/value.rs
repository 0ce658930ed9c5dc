//! A proxy of a single value in the manager.

use std::fmt;
use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Error;
use crate::message::Request;
use crate::object::{Object, done, encoded, maybe, unexpected};

/// A value that a manager keeps; made by [`Manager::value`](crate::Manager::value).
///
/// All operations fail with [`Error::Gone`] if the manager has gone, and with
/// [`Error::TooLong`] if the value takes more than 16 MiB.
pub struct Value<T> {
    object: Object,
    types: PhantomData<fn(T) -> T>,
}

impl<T> Value<T> {
    pub(crate) fn new(object: Object) -> Self {
        Self { object, types: PhantomData }
    }
}

impl<T: Serialize> Value<T> {
    /// Replaces it.
    ///
    /// # Errors
    /// See [`Value`].
    pub fn set(&self, value: &T) -> Result<(), Error> {
        self.object
            .ask(Request::SetValue(self.object.number, encoded(value)?.into()), done)
    }
}

impl<T: DeserializeOwned> Value<T> {
    /// A copy of the value.
    ///
    /// # Errors
    /// See [`Value`].
    pub fn get(&self) -> Result<T, Error> {
        self.object
            .ask(Request::Value(self.object.number), maybe)?
            .ok_or_else(unexpected)
    }
}

impl<T: Serialize + DeserializeOwned> Value<T> {
    /// Replaces it by what `change` makes of it, and gives the new one. As
    /// [`Dict::update`](crate::Dict::update).
    ///
    /// # Errors
    /// See [`Value`].
    pub fn update(&self, change: impl FnOnce(T) -> T) -> Result<T, Error> {
        let object = self.object.number;
        let (held, old) = self.object.hold(Request::Value(object), maybe)?;
        let new = change(old.ok_or_else(unexpected)?);
        held.release(Request::SetValue(object, encoded(&new)?.into()), done)?;
        Ok(new)
    }
}

/// The same value, not another.
impl<T> Clone for Value<T> {
    fn clone(&self) -> Self {
        Self::new(self.object.clone())
    }
}

impl<T> fmt::Debug for Value<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Value").field(&self.object).finish()
    }
}
