//! Starting a manager, and making objects in it.

use std::sync::Arc;

use processes::{Family, Process};
use serde::Serialize;

use crate::client::Client;
use crate::message::{Hold, Request};
use crate::object::{Object, encoded, number};
use crate::{Dict, Error, List, Value, reception, server};

/// A process that keeps values for others. Python's `Manager()`.
#[derive(Debug)]
pub struct Manager {
    process: Process,
    client: Arc<Client>,
}

impl Manager {
    /// Starts a manager, as a daemon of the family: it ends with the family's scope,
    /// and everything that it keeps with it.
    ///
    /// # Errors
    /// As [`Family::daemon`], or if this process is out of descriptors.
    pub fn start(family: &Family) -> Result<Self, Error> {
        let (door, inside) = reception::pair().map_err(Error::Start)?;
        // The inner side moves into the manager, and this process has it no more: so
        // when the manager is dead the door is closed, and a client is told so.
        let process = family.daemon("manager", move || server::serve(inside))?;
        let client = Arc::new(Client::new(door, process.pid()));
        Ok(Self { process, client })
    }

    /// The manager's process.
    #[must_use]
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// A new map, empty at first. Python's `manager.dict()`.
    ///
    /// # Errors
    /// [`Error::Gone`] if the manager has gone.
    pub fn dict<K, V>(&self) -> Result<Dict<K, V>, Error> {
        self.make(Request::NewDict).map(Dict::new)
    }

    /// A new list of these values. Python's `manager.list(…)`.
    ///
    /// # Errors
    /// As [`Manager::dict`]; or if a value cannot be encoded, or they take more than 16
    /// MiB together.
    pub fn list<T: Serialize>(
        &self,
        values: impl IntoIterator<Item = T>,
    ) -> Result<List<T>, Error> {
        let list = List::new(self.make(Request::NewList)?);
        list.extend(values)?;
        Ok(list)
    }

    /// A new value. Python's `manager.Value(…)`.
    ///
    /// # Errors
    /// As [`Manager::list`].
    pub fn value<T: Serialize>(&self, value: &T) -> Result<Value<T>, Error> {
        self.make(Request::NewValue(encoded(value)?.into())).map(Value::new)
    }

    fn make(&self, request: Request<'_>) -> Result<Object, Error> {
        let number = self.client.ask(Hold::No, request, number)?;
        Ok(Object { client: Arc::clone(&self.client), number })
    }
}
