//! The values of one flow, by the `Local` to which each belongs.

use std::any::Any;
use std::mem;
use std::rc::Rc;
use std::sync::{Arc, Weak};

use rustc_hash::FxHashMap;

/// The identity of a [`Local`](crate::Local): its address, which means no other one as
/// long as an entry holds it.
#[derive(Debug)]
pub(crate) struct Key {
    /// How a new flow gets a copy of the value; `None` if it begins without.
    pub copy: Option<Copy>,
}

/// Clones a value whose type only this function knows.
pub(crate) type Copy = fn(&dyn Any) -> Option<Box<dyn Any + Send>>;

/// The values of a flow.
#[derive(Debug, Default)]
pub(crate) struct Table {
    entries: FxHashMap<*const Key, Entry>,
    /// With so many entries those of dropped `Local`s are removed.
    sweep_at: usize,
}

/// A value, and the `Local` to which it belongs. The code that drops an entry must not
/// borrow the table, since a destructor may use a `Local`.
#[derive(Debug)]
pub(crate) struct Entry {
    pub key: Weak<Key>,
    /// Of a type that is `Send`. A `with` that is under way holds another clone.
    pub value: Rc<dyn Any>,
}

/// What a table does not hold any more: the value before, and those of dropped
/// `Local`s.
pub(crate) type Dropped = (Option<Entry>, Vec<Entry>);

// SAFETY: every value is `Send`, as `Local` requires it of its type. All clones of an
// `Rc` belong to one flow: they are in its table, and in the frames of `Local::with`
// and `Local::get` that this flow runs. A flow moves to another thread only as a whole:
// a coroutine with its stack; a future between two polls, when no such frame is left.
unsafe impl Send for Table {}

/// Without sweeping so many entries of dropped `Local`s may pile up.
const FEW: usize = 8;

impl Table {
    pub fn get(&self, key: *const Key) -> Option<Rc<dyn Any>> {
        self.entries.get(&key).map(|entry| Rc::clone(&entry.value))
    }

    pub fn has(&self, key: *const Key) -> bool {
        self.entries.contains_key(&key)
    }

    /// Adds or replaces a value, and returns what is to be dropped.
    #[must_use]
    pub fn set(&mut self, key: &Arc<Key>, value: Rc<dyn Any>) -> Dropped {
        let entry = Entry { key: Arc::downgrade(key), value };
        let before = self.entries.insert(Arc::as_ptr(key), entry);
        let grows = before.is_none() && self.entries.len() > self.sweep_at;
        let dead = if grows { self.sweep() } else { Vec::new() };
        (before, dead)
    }

    /// Removes the entries of dropped `Local`s. It is called when the number of entries
    /// has doubled, so in all it takes a constant time for each value that was set.
    fn sweep(&mut self) -> Vec<Entry> {
        let is_dead = |entry: &Entry| entry.key.strong_count() == 0;
        let dead = self.entries.extract_if(|_, entry| is_dead(entry));
        let dead = dead.map(|(_, entry)| entry).collect();
        self.sweep_at = 2 * self.entries.len() + FEW;
        dead
    }

    #[must_use]
    pub fn remove(&mut self, key: *const Key) -> Option<Entry> {
        self.entries.remove(&key)
    }

    /// The values that a new flow inherits, each with the key of its `Local`.
    pub fn inherited(&self) -> impl Iterator<Item = (Arc<Key>, Rc<dyn Any>)> {
        self.entries.values().filter_map(|entry| {
            let key = entry.key.upgrade().filter(|key| key.copy.is_some())?;
            Some((key, Rc::clone(&entry.value)))
        })
    }

    /// Makes the table that of a forked child, of which it is a copy: only what is
    /// inherited stays. The other values are forgotten, as their destructors are the
    /// parent's to run.
    pub fn begin_child(&mut self) {
        for (key, entry) in mem::take(&mut self.entries) {
            if entry.key.upgrade().is_some_and(|key| key.copy.is_some()) {
                self.entries.insert(key, entry);
            } else {
                mem::forget(entry.value);
            }
        }
    }
}
