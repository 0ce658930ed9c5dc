//! A run of the program under one schedule: what its threads do when they come to a
//! step.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::io;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::fiber::{self, Fibers};
use crate::op::{Needs, Op, Wait};
use crate::schedule::{Effect, Place};
use crate::world::World;

thread_local! {
    /// Whether an explored thread runs on this thread of the operating system: the one
    /// look that each operation takes.
    static EXPLORING: Cell<bool> = const { Cell::new(false) };
    /// The run that this thread of the operating system explores.
    static CURRENT: RefCell<Option<Rc<Run>>> = const { RefCell::new(None) };
}

/// Whether the caller is a thread of an explored program.
#[inline]
pub(crate) fn exploring() -> bool {
    EXPLORING.get()
}

/// The run that the caller is a thread of.
pub(crate) fn current() -> Option<Rc<Run>> {
    if !exploring() {
        return None;
    }
    CURRENT.with_borrow(Clone::clone)
}

/// The program's threads, and what they have in common.
pub(crate) struct Run {
    /// Locked for moments, and never while a thread of the program runs. The thread
    /// that watches the exploration looks into it as well.
    world: Arc<Mutex<World>>,
    fibers: RefCell<Fibers>,
    locals: RefCell<HashMap<(usize, usize), Rc<dyn Any>>>,
    /// Differs from run to run.
    id: Cell<u64>,
    /// Whether the run is over, and its threads are unwound where they stand.
    over: Cell<bool>,
}

/// The payload with which a thread unwinds that is not to go on.
struct Over;

impl Run {
    /// The run of this thread of the operating system, from now on.
    pub(crate) fn open(world: Arc<Mutex<World>>) -> Rc<Self> {
        let run = Rc::new(Self {
            world,
            fibers: RefCell::default(),
            locals: RefCell::default(),
            id: Cell::new(0),
            over: Cell::new(false),
        });
        CURRENT.set(Some(Rc::clone(&run)));
        run
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        // It cannot be poisoned: nothing panics while it is locked.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn id(&self) -> u64 {
        self.id.get()
    }

    /// Whether the threads are being unwound, because the run is over.
    pub(crate) fn is_over(&self) -> bool {
        self.over.get()
    }

    // For the scheduler.

    /// Begins a new run with its first thread, main.
    pub(crate) fn begin(&self, main: Box<dyn FnOnce()>) -> io::Result<()> {
        static IDS: AtomicU64 = AtomicU64::new(1);
        self.world().begin();
        self.id.set(IDS.fetch_add(1, Ordering::Relaxed));
        self.over.set(false);
        self.spawn(Some("main".to_owned()), main).map(drop)
    }

    /// Runs each thread until it is about to take a step, cannot go on, or has ended.
    pub(crate) fn settle(&self) {
        loop {
            let Some(active) = self.world().next_active() else { return };
            self.resume(active);
        }
    }

    /// Runs a thread until it is about to take its next step.
    pub(crate) fn resume(&self, number: usize) {
        self.world().run(number);
        let fiber = self.fibers.borrow_mut().take(number);
        if let Some(mut fiber) = fiber {
            EXPLORING.set(true);
            let has_ended = fiber::resume(&mut fiber);
            EXPLORING.set(false);
            if has_ended {
                self.fibers.borrow_mut().keep_stack(fiber);
                self.world().end();
            } else {
                self.fibers.borrow_mut().put(number, fiber);
            }
        }
    }

    /// Unwinds the threads that have not ended, the youngest first: it may borrow from
    /// one that was spawned before. They take no steps any more.
    pub(crate) fn end(&self) {
        self.over.set(true);
        loop {
            let youngest = self.fibers.borrow_mut().take_youngest();
            let Some((number, mut fiber)) = youngest else { break };
            self.world().run(number);
            EXPLORING.set(true);
            fiber::unwind(&mut fiber);
            EXPLORING.set(false);
            self.fibers.borrow_mut().keep_stack(fiber);
        }
    }

    // For the threads of the program.

    /// Adds a thread that runs `body` and then ends.
    pub(crate) fn spawn(
        &self,
        name: Option<String>,
        body: Box<dyn FnOnce()>,
    ) -> io::Result<usize> {
        if self.is_over() {
            // It would never begin. Its thread counts as ended.
            drop(body);
            return Ok(self.world().add(name, false));
        }
        let life = move || {
            discard(caught(|| {
                // A thread that never began only drops what it owns.
                let begins = current().is_some_and(|run| !run.is_over());
                if begins { body() } else { drop(body) }
            }));
            while let Some(value) = current().and_then(|run| run.take_local()) {
                discard(caught(|| drop(value)));
            }
        };
        self.fibers.borrow_mut().add(Box::new(life))?;
        Ok(self.world().add(name, true))
    }

    /// The value that this thread has for a key, made if there is none.
    pub(crate) fn local(
        &self,
        key: usize,
        init: impl FnOnce() -> Rc<dyn Any>,
    ) -> Rc<dyn Any> {
        let key = (self.world().running(), key);
        if let Some(known) = self.locals.borrow().get(&key) {
            return Rc::clone(known);
        }
        let made = init();
        // Making it may have made it already; then the later one stays.
        let before = self.locals.borrow_mut().insert(key, Rc::clone(&made));
        drop(before);
        made
    }

    /// Takes one of the values that this thread has for keys.
    fn take_local(&self) -> Option<Rc<dyn Any>> {
        let me = self.world().running();
        let mut locals = self.locals.borrow_mut();
        let key = locals.keys().find(|(owner, _)| *owner == me).copied()?;
        locals.remove(&key)
    }

    /// Whether the caller cannot take a step, because it unwinds: then its operations
    /// are those of std.
    ///
    /// A thread whose run is over unwinds here.
    fn is_unwinding(&self) -> bool {
        if thread::panicking() {
            return true;
        }
        if self.is_over() {
            resume_unwind(Box::new(Over));
        }
        false
    }

    /// Waits until the step may be taken.
    pub(crate) fn turn(&self, op: Op, needs: Needs, place: Place) {
        if !self.is_unwinding() {
            self.world().announce(op, needs, place);
            fiber::suspend();
        }
    }

    /// Waits until something has happened that gives this thread its next step.
    pub(crate) fn wait(&self, wait: Wait, place: Place) {
        let may_suspend = !self.is_unwinding();
        if self.world().block(wait, place) {
            if may_suspend {
                fiber::suspend();
            } else if let Wait::End(_) = wait
                && !self.is_over()
            {
                // It would have to wait for another thread in the middle of its panic.
                // That ends the exploration, which is stuck.
                loop {
                    thread::park();
                }
            }
        }
    }

    /// Tells what the step has done that was taken.
    pub(crate) fn did(&self, place: Place, effect: Effect) {
        if !thread::panicking() {
            self.world().did(place, effect);
        }
    }

    /// Tells that the step has taken a lock, and whether readers may take it as well.
    pub(crate) fn locked(&self, lock: usize, readers_may_come: bool, place: Place) {
        let mut world = self.world();
        world.took(lock, place);
        world.set_free(lock, readers_may_come, false);
        drop(world);
        self.did(place, Effect::Locks);
    }

    /// Releases a lock as a step: `release` does it, and says for whom the lock is free
    /// then, for readers and for all.
    pub(crate) fn unlock(
        &self,
        lock: usize,
        op: Op,
        release: impl FnOnce() -> (bool, bool),
    ) {
        // A lock that was taken without a step is released without one.
        let place = self.world().taken_at(lock);
        if let Some(place) = place {
            self.turn(op, Needs::Nothing, place);
        }
        let (for_readers, for_all) = release();
        let mut world = self.world();
        world.gave_back(lock);
        world.set_free(lock, for_readers, for_all);
        drop(world);
        if let Some(place) = place {
            self.did(place, Effect::Unlocks);
        }
    }

    /// Tells that a step has released a mutex, among other things.
    pub(crate) fn gave_back(&self, mutex: usize) {
        let mut world = self.world();
        world.gave_back(mutex);
        world.set_free(mutex, true, true);
    }
}

/// Takes a step that is always possible.
#[track_caller]
#[inline(never)]
pub(crate) fn step<R>(
    op: Op,
    act: impl FnOnce() -> R,
    effect: impl FnOnce(&R) -> Effect,
) -> R {
    let place = Location::caller();
    let Some(run) = current() else { return act() };
    run.turn(op, Needs::Nothing, place);
    let result = act();
    run.did(place, effect(&result));
    result
}

/// Runs a thread's function, and keeps its panic from unwinding any further.
///
/// In an explored program the panic counts as one that no thread has handled, until it
/// is taken from the thread's handle.
pub(crate) fn caught<T>(function: impl FnOnce() -> T) -> thread::Result<T> {
    let result = catch_unwind(AssertUnwindSafe(function));
    if let Err(payload) = &result
        && !payload.is::<Over>()
        && let Some(run) = current()
    {
        let text = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("a value that is no text");
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        run.world().panicked(lines.collect::<Vec<_>>().join(" "));
    }
    result
}

/// Drops the result of a thread. A payload whose destructor panics, too, is as good as
/// dropped.
pub(crate) fn discard<T>(result: thread::Result<T>) {
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(result))) {
        std::mem::forget(again);
    }
}
