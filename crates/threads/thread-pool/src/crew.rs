//! What the workers of a pool share: the queue, the roster, and how one is started.

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::fence;

use interleavings::thread::{Builder, JoinHandle};

use crate::error::Error;
use crate::intake::{Intake, Work};
use crate::roster::{Called, Roster};
use crate::sync::{AtomicUsize, Mutex, lock};

pub(crate) struct Crew {
    /// What the threads are called: `worker` has them called `worker-1` and so on.
    pub(crate) name: String,
    pub(crate) intake: Intake,
    pub(crate) roster: Roster,
    /// How many halves have been stolen.
    pub(crate) stolen: AtomicUsize,
    /// What a thread does: the worker's main, which knows the crew.
    main: fn(Arc<Crew>, usize),
    pub(crate) handles: Mutex<Vec<JoinHandle<()>>>,
}

impl Crew {
    pub(crate) fn new(
        name: String,
        threads: usize,
        main: fn(Arc<Self>, usize),
    ) -> Self {
        Self {
            name,
            main,
            intake: Intake::new(),
            roster: Roster::new(threads),
            stolen: AtomicUsize::new(0),
            handles: Mutex::new(Vec::new()),
        }
    }

    /// Calls a worker for work that has just been pushed, if one is needed. A full
    /// fence stands between.
    #[inline]
    pub(crate) fn call_if_needed(self: &Arc<Self>) {
        if self.roster.needs_call() {
            self.call();
        }
    }

    /// Calls a worker if there is work and none is looking.
    pub(crate) fn call_if_work(self: &Arc<Self>) {
        fence(SeqCst);
        if self.has_work() {
            self.call_if_needed();
        }
    }

    #[cold]
    fn call(self: &Arc<Self>) {
        if let Called::Start(index) = self.roster.call() {
            // Without another thread those that are there have to do.
            let _ = self.start(index);
        }
    }

    /// Appends work to the queue, and sees to it that a worker comes for it.
    pub(crate) fn accept(self: &Arc<Self>, work: Work) -> Result<(), Error> {
        if self.roster.threads() == 0
            && let Called::Start(index) = self.roster.call_first()
        {
            self.start(index).map_err(Error::Start)?;
        }
        self.intake.push(work).map_err(|_refused| Error::Closed)?;
        self.call_if_needed();
        Ok(())
    }

    /// Accepts no more work, and wakes the workers: those that find nothing end.
    pub(crate) fn close(&self) {
        self.intake.close();
        self.roster.wake_all();
    }

    /// Starts the worker of that place, which counts as looking already.
    fn start(self: &Arc<Self>, index: usize) -> std::io::Result<()> {
        let (crew, main) = (Arc::clone(self), self.main);
        let name = format!("{}-{}", self.name, index + 1);
        let thread = Builder::new().name(name).spawn(move || main(crew, index));
        match thread {
            Ok(handle) => {
                lock(&self.handles).push(handle);
                Ok(())
            }
            Err(error) => {
                self.roster.leave(index, None);
                // A push that came meanwhile has relied on this worker.
                if self.has_work() {
                    self.roster.wake_all();
                }
                Err(error)
            }
        }
    }

    /// Whether anything waits to be run.
    pub(crate) fn has_work(&self) -> bool {
        let halves = || {
            (0..self.roster.opened())
                .filter_map(|index| self.roster.place(index))
                .any(|place| !place.halves.is_empty())
        };
        !self.intake.is_empty() || halves()
    }

    /// Whether no task will come any more, and none is queued or running.
    pub(crate) fn is_over(&self) -> bool {
        self.intake.is_settled() && self.roster.busy() == 0 && !self.has_work()
    }
}
