//! The values themselves, in the manager's process.

use std::collections::HashMap;

use crate::message::{Bytes, Reply, Request};

/// All objects of a manager, each by the number that it was given.
#[derive(Debug, Default)]
pub(crate) struct Store(Vec<Object>);

#[derive(Debug)]
enum Object {
    Dict(Dict),
    List(Vec<Vec<u8>>),
    Value(Vec<u8>),
}

/// A map that remembers in which order its keys came, as Python's dict does.
#[derive(Debug, Default)]
struct Dict {
    entries: HashMap<Vec<u8>, Entry>,
    /// How many keys have ever come.
    came: u64,
}

#[derive(Debug)]
struct Entry {
    place: u64,
    value: Vec<u8>,
}

/// The request means an object that is not there, or is of another kind: so it is none
/// of ours.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

impl Store {
    /// Does what is asked for, as a whole.
    pub(crate) fn apply(
        &mut self,
        request: Request<'_>,
    ) -> Result<Reply<'_>, Malformed> {
        Ok(match request {
            Request::Nothing => Reply::Done,
            Request::NewDict => self.add(Object::Dict(Dict::default())),
            Request::NewList => self.add(Object::List(Vec::new())),
            Request::NewValue(value) => self.add(Object::Value(value.to_vec())),
            Request::Insert(dict, key, value) => {
                Reply::Maybe(self.dict(dict)?.insert(&key, &value).map(Bytes::from))
            }
            Request::Get(dict, key) => Reply::Maybe(
                self.dict(dict)?
                    .entries
                    .get(&*key.0)
                    .map(|entry| Bytes::from(&entry.value)),
            ),
            Request::Remove(dict, key) => Reply::Maybe(
                self.dict(dict)?
                    .entries
                    .remove(&*key.0)
                    .map(|entry| Bytes::from(entry.value)),
            ),
            Request::Items(dict) => Reply::Many(self.dict(dict)?.items()),
            Request::Clear(object) => {
                match self.object(object)? {
                    Object::Dict(dict) => dict.entries.clear(),
                    Object::List(list) => list.clear(),
                    Object::Value(_) => return Err(Malformed),
                }
                Reply::Done
            }
            Request::Len(object) => Reply::Number(match self.object(object)? {
                Object::Dict(dict) => dict.entries.len() as u64,
                Object::List(list) => list.len() as u64,
                Object::Value(_) => return Err(Malformed),
            }),
            Request::Append(list, values) => {
                self.list(list)?.extend(values.iter().map(Bytes::to_vec));
                Reply::Done
            }
            Request::Pop(list) => Reply::Maybe(self.list(list)?.pop().map(Bytes::from)),
            Request::At(list, place) => {
                Reply::Maybe(self.list(list)?.get(place as usize).map(Bytes::from))
            }
            Request::SetAt(list, place, value) => {
                let list = self.list(list)?;
                let length = list.len() as u64;
                match list.get_mut(place as usize) {
                    Some(old) => {
                        value.0.as_ref().clone_into(old);
                        Reply::Done
                    }
                    None => Reply::OutOfRange(length),
                }
            }
            Request::All(list) => {
                Reply::Many(self.list(list)?.iter().map(Bytes::from).collect())
            }
            Request::Value(value) => {
                Reply::Maybe(Some(Bytes::from(&*self.value(value)?)))
            }
            Request::SetValue(value, new) => {
                new.0.as_ref().clone_into(self.value(value)?);
                Reply::Done
            }
        })
    }

    fn add(&mut self, object: Object) -> Reply<'_> {
        self.0.push(object);
        Reply::Number(self.0.len() as u64 - 1)
    }

    fn object(&mut self, number: u64) -> Result<&mut Object, Malformed> {
        self.0.get_mut(number as usize).ok_or(Malformed)
    }

    fn dict(&mut self, number: u64) -> Result<&mut Dict, Malformed> {
        if let Object::Dict(dict) = self.object(number)? {
            Ok(dict)
        } else {
            Err(Malformed)
        }
    }

    fn list(&mut self, number: u64) -> Result<&mut Vec<Vec<u8>>, Malformed> {
        if let Object::List(list) = self.object(number)? {
            Ok(list)
        } else {
            Err(Malformed)
        }
    }

    fn value(&mut self, number: u64) -> Result<&mut Vec<u8>, Malformed> {
        if let Object::Value(value) = self.object(number)? {
            Ok(value)
        } else {
            Err(Malformed)
        }
    }
}

impl Dict {
    fn insert(&mut self, key: &Bytes<'_>, value: &Bytes<'_>) -> Option<Vec<u8>> {
        // A key that is there keeps its place, and needs no copy.
        if let Some(entry) = self.entries.get_mut(&*key.0) {
            return Some(std::mem::replace(&mut entry.value, value.to_vec()));
        }
        let place = self.came;
        self.came += 1;
        self.entries.insert(key.to_vec(), Entry { place, value: value.to_vec() });
        None
    }

    /// Key, value, key, value, in the order in which the keys came.
    fn items(&self) -> Vec<Bytes<'_>> {
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_unstable_by_key(|(_, entry)| entry.place);
        entries
            .into_iter()
            .flat_map(|(key, entry)| [Bytes::from(key), Bytes::from(&entry.value)])
            .collect()
    }
}
