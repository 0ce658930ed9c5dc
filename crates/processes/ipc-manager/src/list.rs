//! A proxy of a list in the manager.

use std::fmt;
use std::marker::PhantomData;

use ipc_pipe::LIMIT;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Error;
use crate::message::{Packed, Reply, Request, weight};
use crate::object::{Object, all, done, encoded, maybe, number};

/// A list that a manager keeps; made by [`Manager::list`](crate::Manager::list).
///
/// All operations fail with [`Error::Gone`] if the manager has gone, and with
/// [`Error::TooLong`] if a request or an answer takes more than 16 MiB.
pub struct List<T> {
    object: Object,
    types: PhantomData<fn(T) -> T>,
}

impl<T> List<T> {
    pub(crate) fn new(object: Object) -> Self {
        Self { object, types: PhantomData }
    }

    /// How long it is.
    ///
    /// # Errors
    /// See [`List`].
    pub fn len(&self) -> Result<usize, Error> {
        Ok(self.object.ask(Request::Len(self.object.number), number)? as usize)
    }

    /// Whether there is nothing in it.
    ///
    /// # Errors
    /// See [`List`].
    pub fn is_empty(&self) -> Result<bool, Error> {
        Ok(self.len()? == 0)
    }

    /// Removes everything.
    ///
    /// # Errors
    /// See [`List`].
    pub fn clear(&self) -> Result<(), Error> {
        self.object.ask(Request::Clear(self.object.number), done)
    }
}

impl<T: Serialize> List<T> {
    /// Adds a value at the end. Python's `append`.
    ///
    /// # Errors
    /// See [`List`].
    #[doc(alias = "append")]
    pub fn push(&self, value: &T) -> Result<(), Error> {
        let mut packed = Packed::default();
        packed.push(&encoded(value)?)?;
        self.append(packed)
    }

    /// Adds values at the end, all at once.
    ///
    /// # Errors
    /// [`Error::TooLong`] if they take more than 16 MiB together, each at least 16
    /// bytes, and nothing is added then; see also [`List`].
    pub fn extend(&self, values: impl IntoIterator<Item = T>) -> Result<(), Error> {
        let (mut packed, mut weights) = (Packed::default(), 0);
        for value in values {
            let value = encoded(&value)?;
            packed.push(&value)?;
            weights += weight(&value);
            // Of values without end the end would come late.
            if weights > LIMIT {
                return Err(Error::TooLong);
            }
        }
        self.append(packed)
    }

    fn append(&self, values: Packed) -> Result<(), Error> {
        let request = Request::Append(self.object.number, values.into_bytes());
        self.object.ask(request, done)
    }

    /// Replaces the value at a place. Python's `list[index] = value`.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] if there is no such place; see also [`List`].
    pub fn set(&self, index: usize, value: &T) -> Result<(), Error> {
        let request =
            Request::SetAt(self.object.number, index as u64, encoded(value)?.into());
        self.object.ask(request, |reply| placed(index, reply))
    }
}

impl<T: DeserializeOwned> List<T> {
    /// A copy of the value at a place, if there is such a place.
    ///
    /// # Errors
    /// See [`List`].
    pub fn get(&self, index: usize) -> Result<Option<T>, Error> {
        self.object.ask(Request::At(self.object.number, index as u64), maybe)
    }

    /// Takes out the last value, if there is one.
    ///
    /// # Errors
    /// See [`List`].
    pub fn pop(&self) -> Result<Option<T>, Error> {
        self.object.ask(Request::Pop(self.object.number), maybe)
    }

    /// All values, as they are at one moment.
    ///
    /// # Errors
    /// See [`List`].
    pub fn to_vec(&self) -> Result<Vec<T>, Error> {
        self.object.ask(Request::All(self.object.number), all)
    }
}

impl<T: Serialize + DeserializeOwned> List<T> {
    /// Replaces the value at a place by what `change` makes of it, and gives the new
    /// one. As [`Dict::update`](crate::Dict::update).
    ///
    /// # Errors
    /// [`Error::OutOfRange`] if there is no such place; see also [`List`].
    pub fn update(
        &self,
        index: usize,
        change: impl FnOnce(T) -> T,
    ) -> Result<T, Error> {
        let (object, place) = (self.object.number, index as u64);
        let (held, old) = self.object.hold(Request::At(object, place), maybe)?;
        let Some(old) = old else {
            return Err(Error::OutOfRange { index, length: self.len()? });
        };
        let new = change(old);
        held.release(Request::SetAt(object, place, encoded(&new)?.into()), |reply| {
            placed(index, reply)
        })?;
        Ok(new)
    }
}

fn placed(index: usize, reply: &Reply<'_>) -> Result<(), Error> {
    match reply {
        Reply::OutOfRange(length) => {
            Err(Error::OutOfRange { index, length: *length as usize })
        }
        reply => done(reply),
    }
}

/// The same list, not another.
impl<T> Clone for List<T> {
    fn clone(&self) -> Self {
        Self::new(self.object.clone())
    }
}

impl<T> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("List").field(&self.object).finish()
    }
}
