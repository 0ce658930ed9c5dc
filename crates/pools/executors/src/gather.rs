//! Waiting for many futures: the first that is done, all of them, or each as it comes.

use std::collections::VecDeque;
use std::iter::FusedIterator;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use shared::trace;

use crate::future::Future;
use crate::process::dispatch::Dispatch;

/// What [`wait`] waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReturnWhen {
    /// One task is done.
    FirstCompleted,
    /// One task is done without a result, or all are done.
    FirstException,
    /// All tasks are done.
    AllCompleted,
}

/// The futures that were given to [`wait`], each part in the order in which they were
/// given.
#[derive(Debug)]
pub struct Waited<T> {
    /// Those whose task is done.
    pub done: Vec<Future<T>>,
    /// The others.
    pub not_done: Vec<Future<T>>,
}

/// Waits until as many tasks are done as `until` says, but no longer than `timeout` if
/// there is one. Python's `wait`.
///
/// ```
/// use executors::{ReturnWhen, package, wait};
///
/// let (job, first) = package(|| 1);
/// let (_pending, second) = package(|| 2);
/// job.run();
/// let waited = wait(vec![first, second], None, ReturnWhen::FirstCompleted);
/// assert_eq!((waited.done.len(), waited.not_done.len()), (1, 1));
/// ```
#[must_use]
pub fn wait<T>(
    futures: Vec<Future<T>>,
    timeout: Option<Duration>,
    until: ReturnWhen,
) -> Waited<T> {
    let mut watch = Watch::new();
    for future in &futures {
        watch.add(future);
    }
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let failed = |future: &Future<T>| future.done() && future.exception().is_some();
    watch.wait(deadline, &|| match until {
        ReturnWhen::FirstCompleted => {
            futures.is_empty() || futures.iter().any(Future::done)
        }
        ReturnWhen::FirstException => {
            futures.iter().any(failed) || futures.iter().all(Future::done)
        }
        ReturnWhen::AllCompleted => futures.iter().all(Future::done),
    });
    let (done, not_done) = futures.into_iter().partition(Future::done);
    Waited { done, not_done }
}

/// Gives the futures as their tasks are done, and waits for each as long as it takes.
/// Python's `as_completed`.
///
/// ```
/// use executors::{as_completed, package};
///
/// let (first, second) = (package(|| 1), package(|| 2));
/// second.0.run();
/// let mut done = as_completed([first.1, second.1]);
/// assert_eq!(done.next().unwrap().result(), Ok(2));
/// first.0.run();
/// assert_eq!(done.next().unwrap().result(), Ok(1));
/// assert!(done.next().is_none());
/// ```
pub fn as_completed<T>(futures: impl IntoIterator<Item = Future<T>>) -> AsCompleted<T> {
    let mut completed = AsCompleted {
        watch: Watch::new(),
        pending: Vec::new(),
        order: Arc::default(),
        left: 0,
    };
    for (place, future) in futures.into_iter().enumerate() {
        let order = Arc::clone(&completed.order);
        future.add_bell(Arc::new(move || {
            order.lock().unwrap_or_else(PoisonError::into_inner).push_back(place);
        }));
        completed.watch.add(&future);
        completed.pending.push(Some(future));
        completed.left += 1;
    }
    completed
}

/// The futures of tasks as they are done ([`as_completed`]).
#[derive(Debug)]
pub struct AsCompleted<T> {
    watch: Watch,
    /// By place; nothing where one was given out.
    pending: Vec<Option<Future<T>>>,
    /// The places of those that are done, in the order in which they were.
    order: Arc<Mutex<VecDeque<usize>>>,
    /// How many have not been given out.
    left: usize,
}

impl<T> Iterator for AsCompleted<T> {
    type Item = Future<T>;

    fn next(&mut self) -> Option<Future<T>> {
        if self.left == 0 {
            return None;
        }
        let order = || self.order.lock().unwrap_or_else(PoisonError::into_inner);
        self.watch.wait(None, &|| !order().is_empty());
        let place = order().pop_front()?;
        self.left -= 1;
        self.pending[place].take()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.left))
    }
}

impl<T> FusedIterator for AsCompleted<T> {}

/// A wait for the next of several tasks, of any pools.
#[derive(Debug)]
struct Watch {
    /// The process pools whose replies this thread has to receive.
    pools: Vec<Arc<Dispatch>>,
    /// What the futures of thread pools ring at.
    rings: Arc<Rings>,
    has_threads: bool,
}

/// How many bells have rung.
#[derive(Debug, Default)]
struct Rings {
    count: Mutex<u64>,
    rung: Condvar,
}

/// How long a thread waits at one of several pools before it looks at the others.
const GLANCE: Duration = Duration::from_millis(5);

impl Watch {
    fn new() -> Self {
        Self { pools: Vec::new(), rings: Arc::default(), has_threads: false }
    }

    fn add<T>(&mut self, future: &Future<T>) {
        let dispatch = future.dispatch();
        let is_known =
            |dispatch| self.pools.iter().any(|known| Arc::ptr_eq(known, dispatch));
        if let Some(dispatch) = dispatch.filter(|dispatch| !is_known(dispatch)) {
            self.pools.push(Arc::clone(dispatch));
        }
        if dispatch.is_none() {
            self.has_threads = true;
            let rings = Arc::clone(&self.rings);
            future.add_bell(Arc::new(move || rings.ring()));
        }
    }

    /// Waits until it is `ready`, until the deadline at most.
    fn wait(&self, deadline: Option<Instant>, ready: &dyn Fn() -> bool) {
        match &self.pools[..] {
            [] => self.rings.wait(deadline, ready),
            [only] if !self.has_threads => {
                only.wait_until("for the next of many results", deadline, ready);
            }
            // A wait at one pool does not notice what another one does.
            pools => {
                let _waits = trace::waiting("for the next of many results");
                for pool in pools.iter().cycle() {
                    let glance = Instant::now() + GLANCE;
                    let until = deadline.map_or(glance, |it| it.min(glance));
                    let is_late = deadline.is_some_and(|it| it <= Instant::now());
                    let is_ready = pool.wait_until("", Some(until), ready);
                    if is_ready || is_late || !pool.is_owner() {
                        return;
                    }
                }
            }
        }
    }
}

impl Rings {
    fn ring(&self) {
        *self.count.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.rung.notify_all();
    }

    fn wait(&self, deadline: Option<Instant>, ready: &dyn Fn() -> bool) {
        let mut waits = None;
        loop {
            let seen = *self.count.lock().unwrap_or_else(PoisonError::into_inner);
            if ready() {
                return;
            }
            waits.get_or_insert_with(|| trace::waiting("for the next of many results"));
            let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
            while *count == seen {
                let left = deadline.map_or(Duration::MAX, |deadline| {
                    deadline.saturating_duration_since(Instant::now())
                });
                if left.is_zero() {
                    return;
                }
                count = self
                    .rung
                    .wait_timeout(count, left)
                    .unwrap_or_else(PoisonError::into_inner)
                    .0;
            }
        }
    }
}
