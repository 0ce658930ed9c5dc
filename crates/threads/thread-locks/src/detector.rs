//! The detector: sees deadlocks before they happen, and orders of locks that allow one.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use interleavings::sync::Mutex;
use interleavings::thread;

use crate::graph::{Graph, Held, LockId, WaitId};
use crate::held;
use crate::report::{Inversion, Place, WouldDeadlock};
use crate::sync::lock;

/// Watches the locks that are made with it.
///
/// It sees a deadlock at the moment at which the last thread of the circle would begin
/// to wait, and that thread gets [`WouldDeadlock`] instead. And it sees locks that are
/// taken in different orders, although nothing has happened yet:
/// [`inversions`](Self::inversions).
///
/// A clone is the same detector.
///
/// ```
/// use thread_locks::{Detector, Lock};
///
/// let detector = Detector::new();
/// let fork = Lock::new(&detector, "fork", ());
/// let knife = Lock::new(&detector, "knife", ());
/// {
///     let _first = fork.lock()?;
///     let _second = knife.lock()?;
/// }
/// assert!(detector.inversions().is_empty());
/// let _first = knife.lock()?;
/// let _second = fork.lock()?; // Nothing happens, but with two threads it could.
/// assert_eq!(detector.inversions().len(), 1);
/// # Ok::<(), thread_locks::WouldDeadlock>(())
/// ```
#[derive(Clone, Default)]
pub struct Detector(Arc<Mutex<Graph>>);

impl Detector {
    /// A detector that watches no lock yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The inverted orders found so far, each circle of locks once, in the order in
    /// which they were found.
    ///
    /// As the kernel's lockdep, it looks at the order alone. It also reports a circle
    /// that cannot happen because a third lock is always held around it, or because one
    /// thread has ended before the other begins.
    #[must_use]
    #[track_caller]
    pub fn inversions(&self) -> Vec<Inversion> {
        lock(&self.0).inversions().to_vec()
    }

    /// Which detector it is, among those that exist.
    fn address(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }
}

impl fmt::Debug for Detector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Detector").finish_non_exhaustive()
    }
}

/// A lock's name and its place in the detector.
pub(crate) struct Watched {
    id: LockId,
    name: Arc<str>,
    detector: Detector,
}

impl Watched {
    #[track_caller]
    pub(crate) fn new(detector: &Detector, name: &str) -> Self {
        // Not a part of any protocol: it only has to give each number once.
        static IDS: AtomicUsize = AtomicUsize::new(0);
        let id = LockId(IDS.fetch_add(1, Ordering::Relaxed));
        let name = Arc::<str>::from(name);
        lock(&detector.0).add(id, Arc::clone(&name));
        Self { id, name, detector: detector.clone() }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Tells that the thread has taken the lock, having asked for it as one that would
    /// have waited.
    #[inline]
    #[track_caller]
    pub(crate) fn took(&self, place: Place) {
        let held = Held { lock: self.id, place };
        if held::push(held, self.detector.address()) {
            self.tell_order(held);
        }
    }

    /// Tells that the thread has taken the lock, and would not have waited for it.
    #[inline]
    pub(crate) fn took_at_once(&self, place: Place) {
        held::push(Held { lock: self.id, place }, self.detector.address());
    }

    /// Tells that the thread is about to release the lock.
    #[inline]
    pub(crate) fn releases(&self) {
        held::remove(self.id);
    }

    /// Tells that the thread is about to wait for the lock.
    #[cold]
    #[track_caller]
    pub(crate) fn wait(&self, place: Place) -> Result<Waiting<'_>, WouldDeadlock> {
        let wants = Held { lock: self.id, place };
        let held = held::of(self.detector.address());
        held::news(held.clone(), self.id);
        let thread = thread_name();
        // To look and to tell is one step: two threads that both look first, and then
        // tell, would not see each other.
        let mut graph = lock(&self.detector.0);
        graph.order(&thread, &held, wants);
        graph.circle(&thread, &held, wants)?;
        let wait = graph.begin_wait(thread, held, wants);
        Ok(Waiting { wait, detector: &self.detector })
    }

    #[cold]
    #[track_caller]
    fn tell_order(&self, then: Held) {
        let news = held::news(held::of(self.detector.address()), self.id);
        if !news.is_empty() {
            lock(&self.detector.0).order(&thread_name(), &news, then);
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        lock(&self.detector.0).remove(self.id);
    }
}

/// A wait that the detector knows of, until it is dropped.
pub(crate) struct Waiting<'a> {
    wait: WaitId,
    detector: &'a Detector,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        lock(&self.detector.0).end_wait(self.wait);
    }
}

fn thread_name() -> String {
    let thread = thread::current();
    let name = thread.name().map(str::to_owned);
    name.unwrap_or_else(|| format!("{:?}", std::thread::current().id()))
}
