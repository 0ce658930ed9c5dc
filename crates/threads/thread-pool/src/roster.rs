//! Who is on duty: how many workers look for work, which ones sleep, and how many more
//! may be started. "Calling" a worker is to wake one, or else to start one.

use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, OnceLock};

use crossbeam::deque::{Stealer, Worker as Deque};
use crossbeam::utils::CachePadded;

use crate::half::Half;
use crate::sync::{AtomicUsize, Mutex, Parker, lock};

/// The workers of a pool.
///
/// A push that finds a worker looking need not call one: that worker looks once more
/// before it sleeps, and calls another when it has found work and there is more. So a
/// burst of tasks wakes one worker, which wakes the next, and a push costs two loads.
pub(crate) struct Roster {
    /// Workers that look for work, or are about to: counted by the thread that wakes or
    /// starts them, and not by themselves, or each push meanwhile would call another.
    looking: CachePadded<AtomicUsize>,
    /// Workers that sleep, and those that may still be started.
    spare: CachePadded<AtomicUsize>,
    /// Workers that are running a task.
    busy: CachePadded<AtomicUsize>,
    threads: AtomicUsize,
    /// So many places have ever been taken.
    opened: AtomicUsize,
    places: Box<[OnceLock<Place>]>,
    duty: Mutex<Duty>,
}

/// A place for a worker: what the others know of the one that has it.
pub(crate) struct Place {
    pub(crate) halves: Stealer<Half>,
    pub(crate) parker: Arc<Parker>,
}

#[derive(Default)]
struct Duty {
    /// The places of those that sleep, the last to fall asleep at the end.
    asleep: Vec<usize>,
    /// The places of workers that have ended.
    free: Vec<usize>,
    /// The deque of each place, while no worker has it.
    deques: Vec<Option<Deque<Half>>>,
}

/// Whom a call has reached.
pub(crate) enum Called {
    /// There was no need, or no one to call.
    NoOne,
    Woken,
    /// The caller has to start a thread for this place; if it cannot, the place has to
    /// be left.
    Start(usize),
}

impl Roster {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            looking: AtomicUsize::new(0).into(),
            spare: AtomicUsize::new(most).into(),
            busy: AtomicUsize::new(0).into(),
            threads: AtomicUsize::new(0),
            opened: AtomicUsize::new(0),
            places: (0..most).map(|_| OnceLock::new()).collect(),
            duty: Mutex::new(Duty::default()),
        }
    }

    pub(crate) fn most(&self) -> usize {
        self.places.len()
    }

    #[inline]
    pub(crate) fn threads(&self) -> usize {
        self.threads.load(SeqCst)
    }

    pub(crate) fn busy(&self) -> usize {
        self.busy.load(SeqCst)
    }

    /// The places that have ever been taken.
    #[inline]
    pub(crate) fn opened(&self) -> usize {
        self.opened.load(SeqCst)
    }

    #[inline]
    pub(crate) fn place(&self, index: usize) -> Option<&Place> {
        self.places.get(index).and_then(OnceLock::get)
    }

    /// Whether new work needs a call. Stands behind a full fence, which stands behind
    /// the work.
    #[inline]
    pub(crate) fn needs_call(&self) -> bool {
        self.looking.load(SeqCst) == 0 && self.spare.load(SeqCst) > 0
    }

    /// Calls a worker, unless one is looking.
    #[cold]
    pub(crate) fn call(&self) -> Called {
        let mut duty = lock(&self.duty);
        if self.needs_call() { self.call_any(&mut duty) } else { Called::NoOne }
    }

    /// Has the first thread started, if there is none.
    pub(crate) fn call_first(&self) -> Called {
        let mut duty = lock(&self.duty);
        if self.threads() == 0 { self.call_any(&mut duty) } else { Called::NoOne }
    }

    fn call_any(&self, duty: &mut Duty) -> Called {
        let woken = duty.asleep.pop();
        if woken.is_none() && self.threads() == self.most() {
            return Called::NoOne;
        }
        self.looking.fetch_add(1, SeqCst);
        self.spare.fetch_sub(1, SeqCst);
        if let Some(place) = woken.and_then(|index| self.place(index)) {
            place.parker.wake();
            return Called::Woken;
        }
        self.threads.fetch_add(1, SeqCst);
        Called::Start(duty.free.pop().unwrap_or_else(|| self.open(duty)))
    }

    /// Makes the first place that has never been taken.
    fn open(&self, duty: &mut Duty) -> usize {
        let index = duty.deques.len();
        let deque = Deque::new_lifo();
        self.places[index].get_or_init(|| Place {
            halves: deque.stealer(),
            parker: Arc::new(Parker::new()),
        });
        duty.deques.push(Some(deque));
        self.opened.store(index + 1, SeqCst);
        index
    }

    /// The deque of a place, for the worker that takes the place.
    pub(crate) fn deque(&self, index: usize) -> Option<Deque<Half>> {
        lock(&self.duty).deques.get_mut(index)?.take()
    }

    /// Wakes all that sleep.
    pub(crate) fn wake_all(&self) {
        let mut duty = lock(&self.duty);
        let asleep = std::mem::take(&mut duty.asleep);
        self.looking.fetch_add(asleep.len(), SeqCst);
        self.spare.fetch_sub(asleep.len(), SeqCst);
        for place in asleep.into_iter().filter_map(|index| self.place(index)) {
            place.parker.wake();
        }
    }

    /// A worker that looks has found a task. Returns whether it was the last one that
    /// looked: then it is to call another if there is more.
    pub(crate) fn begin_task(&self) -> bool {
        self.busy.fetch_add(1, SeqCst);
        self.stop_looking()
    }

    /// A worker that was running tasks looks for more. Returns whether no other is
    /// running one.
    pub(crate) fn end_task(&self) -> bool {
        self.start_looking();
        self.busy.fetch_sub(1, SeqCst) == 1
    }

    pub(crate) fn start_looking(&self) {
        self.looking.fetch_add(1, SeqCst);
    }

    pub(crate) fn stop_looking(&self) -> bool {
        self.looking.fetch_sub(1, SeqCst) == 1
    }

    /// A worker that looks lies down. It has to look once more before it sleeps.
    pub(crate) fn lie_down(&self, index: usize) {
        let mut duty = lock(&self.duty);
        duty.asleep.push(index);
        self.spare.fetch_add(1, SeqCst);
        self.looking.fetch_sub(1, SeqCst);
    }

    /// A worker that lay down looks again: by itself, unless it was called.
    pub(crate) fn get_up(&self, index: usize) {
        let mut duty = lock(&self.duty);
        if let Some(at) = duty.asleep.iter().rposition(|&sleeper| sleeper == index) {
            duty.asleep.remove(at);
            self.looking.fetch_add(1, SeqCst);
            self.spare.fetch_sub(1, SeqCst);
        }
    }

    /// A worker that looks ends, or could not be started. Others may have relied on it:
    /// if there is work after that, it has to call another.
    pub(crate) fn leave(&self, index: usize, deque: Option<Deque<Half>>) {
        let mut duty = lock(&self.duty);
        self.threads.fetch_sub(1, SeqCst);
        duty.free.push(index);
        if let (Some(deque), Some(place)) = (deque, duty.deques.get_mut(index)) {
            *place = Some(deque);
        }
        self.spare.fetch_add(1, SeqCst);
        self.looking.fetch_sub(1, SeqCst);
    }
}
