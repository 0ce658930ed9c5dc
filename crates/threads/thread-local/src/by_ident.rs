//! The note's local: a map of the values of all threads, keyed by thread ident.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use nix::sys::pthread::pthread_self;

/// The values of each thread by name, in one map keyed by the ident of the thread: the
/// local that the note builds.
///
/// It is here to show its three faults. It does not tell coroutines or tasks of one
/// thread apart. Nothing removes the values of a thread that has ended. And the ident
/// of a dead thread is given to a new one, which then finds them.
/// [`Local`](crate::Local) has none of the three.
///
/// ```
/// use thread_local::ByIdent;
///
/// let local = ByIdent::new();
/// local.set("KEY", 1);
/// assert_eq!(local.get("KEY"), Some(1));
/// std::thread::scope(|scope| {
///     scope.spawn(|| assert_eq!(local.get("KEY"), None));
/// });
/// ```
#[derive(Debug)]
pub struct ByIdent<V> {
    storage: Mutex<Storage<V>>,
}

/// The values of each thread, by their names.
pub type Storage<V> = HashMap<u64, HashMap<&'static str, V>>;

impl<V: Clone> ByIdent<V> {
    /// A local without values.
    #[must_use]
    pub fn new() -> Self {
        Self { storage: Mutex::new(HashMap::new()) }
    }

    /// Sets a value of the calling thread.
    pub fn set(&self, name: &'static str, value: V) {
        self.lock().entry(get_ident()).or_default().insert(name, value);
    }

    /// A value of the calling thread, or of a dead one that had its ident.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<V> {
        self.lock().get(&get_ident())?.get(name).cloned()
    }

    /// How many threads have values, the dead ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether no thread has values.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// All that is stored.
    #[must_use]
    pub fn storage(&self) -> Storage<V> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Storage<V>> {
        // A panic of `V::clone` has changed nothing.
        self.storage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V: Clone> Default for ByIdent<V> {
    fn default() -> Self {
        Self::new()
    }
}

/// Python's `threading.get_ident()`: `pthread_self(3)`, which is the same for no two
/// threads that live at the same time.
#[must_use]
pub fn get_ident() -> u64 {
    pthread_self() as u64
}
