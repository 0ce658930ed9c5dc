//! A proxy of a map in the manager.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Error;
use crate::message::Request;
use crate::object::{Object, all, any, decoded, done, encoded, many, maybe, number};

/// A map that a manager keeps; made by [`Manager::dict`](crate::Manager::dict). Its
/// keys stay in the order in which they came.
///
/// Two keys are the same if they are encoded in the same way, so a key had better not
/// hold a hash map of its own. Methods take a key in any borrowed form that is encoded
/// in the same way: a `Dict<String, _>` takes `&str`.
///
/// All operations fail with [`Error::Gone`] if the manager has gone, and with
/// [`Error::TooLong`] if a request or an answer takes more than 16 MiB.
///
/// All its keys have one type, and all its values another (E0308):
///
/// ```compile_fail,E0308
/// # fn write(manager: &ipc_manager::Manager) -> Result<(), ipc_manager::Error> {
/// let parents = manager.dict::<u32, u32>()?;
/// parents.insert(&7, &"the parent of seven")?;
/// # Ok(())
/// # }
/// ```
pub struct Dict<K, V> {
    object: Object,
    types: PhantomData<fn() -> (K, V)>,
}

impl<K, V> Dict<K, V> {
    pub(crate) fn new(object: Object) -> Self {
        Self { object, types: PhantomData }
    }

    /// How many keys there are.
    ///
    /// # Errors
    /// See [`Dict`].
    pub fn len(&self) -> Result<usize, Error> {
        Ok(self.object.ask(Request::Len(self.object.number), number)? as usize)
    }

    /// Whether there are none.
    ///
    /// # Errors
    /// See [`Dict`].
    pub fn is_empty(&self) -> Result<bool, Error> {
        Ok(self.len()? == 0)
    }

    /// Removes everything.
    ///
    /// # Errors
    /// See [`Dict`].
    pub fn clear(&self) -> Result<(), Error> {
        self.object.ask(Request::Clear(self.object.number), done)
    }
}

impl<K, V: Serialize + DeserializeOwned> Dict<K, V> {
    /// Sets the value of a key, and gives the one that it had. Python's
    /// `dict[key] = value`.
    ///
    /// # Errors
    /// See [`Dict`].
    pub fn insert<Q>(&self, key: &Q, value: &V) -> Result<Option<V>, Error>
    where
        K: Borrow<Q>,
        Q: Serialize + ?Sized,
    {
        let (key, value) = (encoded(key)?, encoded(value)?);
        self.object
            .ask(Request::Insert(self.object.number, key.into(), value.into()), maybe)
    }

    /// A copy of the value of a key, if it has one.
    ///
    /// # Errors
    /// See [`Dict`].
    pub fn get<Q>(&self, key: &Q) -> Result<Option<V>, Error>
    where
        K: Borrow<Q>,
        Q: Serialize + ?Sized,
    {
        self.object.ask(Request::Get(self.object.number, encoded(key)?.into()), maybe)
    }

    /// Whether there is such a key.
    ///
    /// # Errors
    /// See [`Dict`].
    pub fn contains_key<Q>(&self, key: &Q) -> Result<bool, Error>
    where
        K: Borrow<Q>,
        Q: Serialize + ?Sized,
    {
        self.object.ask(Request::Get(self.object.number, encoded(key)?.into()), any)
    }

    /// Removes a key, and gives the value that it had. Python's `dict.pop(key)`.
    ///
    /// # Errors
    /// See [`Dict`].
    pub fn remove<Q>(&self, key: &Q) -> Result<Option<V>, Error>
    where
        K: Borrow<Q>,
        Q: Serialize + ?Sized,
    {
        self.object
            .ask(Request::Remove(self.object.number, encoded(key)?.into()), maybe)
    }

    /// Replaces the value of a key by what `change` makes of it (`None` if there is
    /// none), and gives the new one. Between the two no other client has an operation
    /// on anything that this manager keeps.
    ///
    /// `change` may itself use what the manager keeps. It should not take long, for all
    /// others wait; and a process that it started and waited for would wait for it. If
    /// it panics, or its process is killed, nothing has changed and the others go on.
    ///
    /// ```
    /// processes::scope(|family| {
    ///     let eaten = ipc_manager::Manager::start(family)?.dict::<String, u32>()?;
    ///     let eat = || eaten.update("apples", |it| it.unwrap_or(0) + 1).map(drop);
    ///     for name in ["x", "y"] {
    ///         family.spawn(name, eat)?;
    ///     }
    ///     family.join()?;
    ///     assert_eq!(eaten.get("apples")?, Some(2));
    ///     Ok::<(), ipc_manager::Error>(())
    /// })?;
    /// # Ok::<(), ipc_manager::Error>(())
    /// ```
    ///
    /// # Errors
    /// See [`Dict`].
    pub fn update<Q>(
        &self,
        key: &Q,
        change: impl FnOnce(Option<V>) -> V,
    ) -> Result<V, Error>
    where
        K: Borrow<Q>,
        Q: Serialize + ?Sized,
    {
        let (object, key) = (self.object.number, encoded(key)?);
        let (held, old) =
            self.object.hold(Request::Get(object, (&key).into()), maybe)?;
        let new = change(old);
        held.release(
            Request::Insert(object, (&key).into(), encoded(&new)?.into()),
            |reply| any(reply).map(drop),
        )?;
        Ok(new)
    }
}

impl<K: DeserializeOwned, V> Dict<K, V> {
    /// All keys, as they are at one moment.
    ///
    /// # Errors
    /// See [`Dict`].
    pub fn keys(&self) -> Result<Vec<K>, Error> {
        self.object.ask(Request::Keys(self.object.number), all)
    }
}

impl<K, V: DeserializeOwned> Dict<K, V> {
    /// All values, as they are at one moment, in the order of their keys.
    ///
    /// # Errors
    /// See [`Dict`].
    pub fn values(&self) -> Result<Vec<V>, Error> {
        self.object.ask(Request::Values(self.object.number), all)
    }
}

impl<K: DeserializeOwned, V: DeserializeOwned> Dict<K, V> {
    /// All keys with their values, as they are at one moment.
    ///
    /// # Errors
    /// See [`Dict`].
    pub fn items(&self) -> Result<Vec<(K, V)>, Error> {
        self.object.ask(Request::Items(self.object.number), |reply| {
            let mut values = many(reply)?;
            let pairs = std::iter::from_fn(|| Some((values.next()?, values.next()?)));
            pairs.map(|(key, value)| Ok((decoded(key?)?, decoded(value?)?))).collect()
        })
    }
}

impl<K: DeserializeOwned + Ord, V: DeserializeOwned> Dict<K, V> {
    /// A copy of the whole map, as it is at one moment, in the order of the keys.
    /// Python's `dict.copy()`.
    ///
    /// # Errors
    /// See [`Dict`].
    pub fn to_map(&self) -> Result<BTreeMap<K, V>, Error> {
        Ok(self.items()?.into_iter().collect())
    }
}

/// The same map, not another.
impl<K, V> Clone for Dict<K, V> {
    fn clone(&self) -> Self {
        Self::new(self.object.clone())
    }
}

impl<K, V> fmt::Debug for Dict<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Dict").field(&self.object).finish()
    }
}
