//! The values themselves, in the manager's process.

use std::collections::HashMap;

use ipc_pipe::{EncodeError, LIMIT};

use crate::message::{Bytes, Packed, Reply, Request, unpack, weight};

/// All objects of a manager, each by the number that it was given.
#[derive(Debug, Default)]
pub(crate) struct Store(Vec<Object>);

#[derive(Debug)]
enum Object {
    Dict(Dict),
    List(Vec<Box<[u8]>>),
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
            Request::Items(dict) => packed(
                self.dict(dict)?
                    .in_order()
                    .into_iter()
                    .flat_map(|(key, entry)| [key, &entry.value]),
            ),
            Request::Keys(dict) => {
                packed(self.dict(dict)?.in_order().into_iter().map(|(key, _)| key))
            }
            Request::Values(dict) => {
                let entries = self.dict(dict)?.in_order().into_iter();
                packed(entries.map(|(_, entry)| &entry.value))
            }
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
                let list = self.list(list)?;
                let (mut count, mut weights) = (0, 0);
                for value in unpack(&values.0) {
                    count += 1;
                    weights += weight(value.map_err(|_| Malformed)?);
                }
                if weights > LIMIT {
                    return Ok(Reply::TooLong);
                }
                list.reserve(count);
                list.extend(unpack(&values.0).flatten().map(Box::from));
                Reply::Done
            }
            Request::Pop(list) => {
                let value = self.list(list)?.pop();
                Reply::Maybe(value.map(|value| value.into_vec().into()))
            }
            Request::At(list, place) => {
                let value = self.list(list)?.get(place as usize);
                Reply::Maybe(value.map(|value| Bytes::from(&**value)))
            }
            Request::SetAt(list, place, value) => {
                let list = self.list(list)?;
                let length = list.len() as u64;
                match list.get_mut(place as usize) {
                    Some(old) => {
                        *old = value.0.into();
                        Reply::Done
                    }
                    None => Reply::OutOfRange(length),
                }
            }
            Request::All(list) => packed(self.list(list)?.iter()),
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

    fn list(&mut self, number: u64) -> Result<&mut Vec<Box<[u8]>>, Malformed> {
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

    /// All keys with their entries, in the order in which the keys came.
    fn in_order(&self) -> Vec<(&Vec<u8>, &Entry)> {
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_unstable_by_key(|(_, entry)| entry.place);
        entries
    }
}

fn packed(values: impl IntoIterator<Item: AsRef<[u8]>>) -> Reply<'static> {
    let mut packed = Packed::default();
    let done: Result<(), EncodeError> =
        values.into_iter().try_for_each(|value| packed.push(value.as_ref()));
    done.map_or(Reply::TooLong, |()| Reply::Many(packed.into_bytes()))
}
