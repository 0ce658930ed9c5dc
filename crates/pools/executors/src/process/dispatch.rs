//! The side of the process that submits the tasks: which of them are unfinished, and
//! who is to have their replies.
//!
//! No thread stands behind it. Replies are received, and callbacks called, by the
//! threads that ask for results.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst, fence};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use ipc_pipe::Connection;
use processes::{Exit, HEARTBEAT, Process, ProcessToken};
use producer_consumer::Refused;

use crate::error::{Error, SubmitError, TaskError};
use crate::process::board::Board;
use crate::process::keeper::Stop;
use crate::process::slots::TaskId;

/// Gives a reply to the promise that waits for it.
pub(crate) type Complete = Box<dyn FnOnce(Reply) + Send>;

/// The encoded result of a task.
pub(crate) type Reply = Result<Vec<u8>, TaskError>;

pub(crate) struct Dispatch {
    owner: ProcessToken,
    board: Board,
    keeper: Process,
    control: Mutex<Connection<Stop>>,
    table: Mutex<Table>,
    /// The keeper has ended, and no reply will come any more.
    has_ended: AtomicBool,
    /// How many threads wait for a reply.
    waiters: AtomicU32,
}

/// The unfinished tasks.
struct Table {
    entries: Vec<Entry>,
    /// The slots without a task.
    free: Vec<u32>,
    /// Replies that a submit has received to make room; others call the callbacks.
    backlog: VecDeque<(Complete, Reply)>,
    /// How many tasks are unfinished, those in the backlog included.
    unfinished: usize,
}

#[derive(Default)]
struct Entry {
    turn: u32,
    complete: Option<Complete>,
}

impl Dispatch {
    pub(crate) fn new(
        board: Board,
        keeper: Process,
        control: Connection<Stop>,
        capacity: usize,
    ) -> Self {
        let table = Table {
            entries: (0..capacity).map(|_| Entry::default()).collect(),
            free: (0..capacity as u32).rev().collect(),
            backlog: VecDeque::new(),
            unfinished: 0,
        };
        Self {
            owner: ProcessToken::current(),
            board,
            keeper,
            control: Mutex::new(control),
            table: Mutex::new(table),
            has_ended: AtomicBool::new(false),
            waiters: AtomicU32::new(0),
        }
    }

    /// Submits a task, of which `record` has all but the id. Waits while there are as
    /// many unfinished tasks as there may be.
    pub(crate) fn submit(
        &self,
        record: &mut [u8],
        complete: Complete,
    ) -> Result<TaskId, SubmitError> {
        if !self.is_owner() {
            return Err(SubmitError::NotYours);
        }
        let id = self.enter(complete)?;
        self.board.slots.offer(id);
        loop {
            let refused = match self.board.put(id, record) {
                Ok(()) => return Ok(id),
                Err(Refused::Full) => {
                    self.receive_for_later();
                    let deadline = Instant::now() + HEARTBEAT;
                    if self.board.wait_for_room(record.len(), deadline)
                        || !self.is_broken()
                    {
                        continue;
                    }
                    SubmitError::Broken
                }
                Err(Refused::Closed) => SubmitError::ShutDown,
                // The encoding's limit is below the ring's.
                Err(Refused::TooLong) => SubmitError::Encode("it is too long".into()),
            };
            // Unless the keeper's end has taken it out; another thread completes it.
            let mut table = self.table();
            if table.take(id).is_some() {
                table.unfinished -= 1;
            }
            return Err(refused);
        }
    }

    /// Finds a slot for a task, and waits for one if it must.
    fn enter(&self, complete: Complete) -> Result<TaskId, SubmitError> {
        loop {
            if self.board.is_closed() {
                return Err(SubmitError::ShutDown);
            }
            if self.has_ended.load(SeqCst) {
                return Err(SubmitError::Broken);
            }
            let mut table = self.table();
            if let Some(slot) = table.free.pop() {
                table.unfinished += 1;
                let entry = &mut table.entries[slot as usize];
                entry.complete = Some(complete);
                return Ok(TaskId { slot, turn: entry.turn });
            }
            drop(table);
            if !self.receive_for_later() {
                self.wait_or_check("for room for a task", None, &|| false);
            }
        }
    }

    /// Cancels a task, if no worker has claimed it; whether it has.
    pub(crate) fn cancel(&self, id: TaskId) -> bool {
        if !self.is_owner() || !self.board.slots.cancel(id) {
            return false;
        }
        let complete = self.table().take(id);
        if let Some(complete) = complete {
            complete(Err(TaskError::Cancelled));
            self.table().unfinished -= 1;
            self.wake_others();
        }
        true
    }

    /// Cancels all tasks that no worker has claimed; how many.
    pub(crate) fn cancel_pending(&self) -> usize {
        let ids: Vec<_> = self.table().ids().collect();
        ids.into_iter().filter(|&id| self.cancel(id)).count()
    }

    pub(crate) fn is_running(&self, id: TaskId) -> bool {
        self.board.slots.is_claimed(id)
    }

    /// Receives replies and calls callbacks, until it is `ready`, until the deadline at
    /// most; whether it is.
    pub(crate) fn wait_until(
        &self,
        what_for: &'static str,
        deadline: Option<Instant>,
        ready: &dyn Fn() -> bool,
    ) -> bool {
        loop {
            self.receive();
            if ready() {
                return true;
            }
            if !self.is_owner()
                || deadline.is_some_and(|deadline| deadline <= Instant::now())
            {
                return false;
            }
            self.wait_or_check(what_for, deadline, ready);
        }
    }

    /// Receives all replies that are there, and calls the callbacks.
    pub(crate) fn receive(&self) {
        let mut received = false;
        while self.is_owner() {
            let next = self.table().backlog.pop_front();
            let Some((complete, reply)) = next.or_else(|| self.next_reply()) else {
                break;
            };
            received = true;
            complete(reply);
            self.table().unfinished -= 1;
        }
        if received {
            self.wake_others();
        }
    }

    /// Wakes the other threads that wait here: this one may have received a reply, and
    /// called the callbacks, for one of them.
    fn wake_others(&self) {
        // Either this thread sees the waiter, or the waiter that its task is done.
        fence(SeqCst);
        if self.waiters.load(SeqCst) > 0 {
            self.board.wake_owners();
        }
    }

    /// Receives all replies that are there, and leaves the callbacks to others; whether
    /// there were any.
    fn receive_for_later(&self) -> bool {
        let mut received = false;
        while let Some(reply) = self.next_reply() {
            received = true;
            self.table().backlog.push_back(reply);
        }
        received
    }

    /// The next reply to a task that is still in the table.
    fn next_reply(&self) -> Option<(Complete, Reply)> {
        loop {
            let (id, reply) = self.board.take_reply()?;
            if let Some(complete) = self.table().take(id) {
                return Some((complete, reply));
            }
        }
    }

    /// Waits a while for a reply. If none comes, looks whether the keeper is alive.
    fn wait_or_check(
        &self,
        what_for: &'static str,
        deadline: Option<Instant>,
        ready: &dyn Fn() -> bool,
    ) {
        let beat = Instant::now() + HEARTBEAT;
        let until = deadline.map_or(beat, |deadline| deadline.min(beat));
        self.waiters.fetch_add(1, SeqCst);
        let came = self.board.wait_for_reply(what_for, until, ready);
        self.waiters.fetch_sub(1, SeqCst);
        if !came {
            self.is_broken();
        }
    }

    /// Whether the keeper has ended. If so, the tasks that have no reply fail.
    pub(crate) fn is_broken(&self) -> bool {
        if !self.has_ended.load(SeqCst) {
            // A keeper that cannot be looked at is none that will be waited for.
            if self.keeper.is_alive().unwrap_or(false) {
                return false;
            }
            self.has_ended.store(true, SeqCst);
        }
        // The last replies came before its end.
        self.receive_for_later();
        let mut table = self.table();
        let ids: Vec<_> = table.ids().collect();
        for id in ids {
            let complete = table.take(id);
            let failed = complete.map(|it| (it, Err(TaskError::BrokenPool)));
            table.backlog.extend(failed);
        }
        drop(table);
        self.wake_others();
        true
    }

    /// Takes no more tasks.
    pub(crate) fn close(&self) {
        if self.is_owner() {
            self.board.close();
        }
    }

    /// Waits until all tasks are done, their callbacks called, and all processes of the
    /// pool have ended.
    pub(crate) fn shutdown(&self) -> Result<(), Error> {
        if !self.is_owner() {
            return Err(Error::NotYours);
        }
        self.board.close();
        self.wait_until("for the pool", None, &|| self.table().unfinished == 0);
        match self.keeper.join()? {
            Exit::Ok => Ok(()),
            exit => Err(Error::Broken(exit)),
        }
    }

    /// Ends all processes of the pool, whatever they are doing; how many tasks have no
    /// result for it.
    pub(crate) fn terminate(&self) -> Result<usize, Error> {
        if !self.is_owner() {
            return Err(Error::NotYours);
        }
        self.board.close();
        let control = &mut *self.control.lock().unwrap_or_else(PoisonError::into_inner);
        // A keeper that has gone has ended already.
        let _ = control.send(());
        // It may wait for room for a reply, about a worker that has died.
        while self.keeper.join_timeout(HEARTBEAT)?.is_none() {
            self.receive_for_later();
        }
        self.receive_for_later();
        let lost = self.table().ids().count();
        self.is_broken();
        self.receive();
        Ok(lost)
    }

    pub(crate) fn is_owner(&self) -> bool {
        self.owner == ProcessToken::current()
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        // No code of a user runs under the lock.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Dispatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dispatch")
            .field("keeper", &self.keeper.pid())
            .field("unfinished", &self.table().unfinished)
            .finish_non_exhaustive()
    }
}

impl Table {
    /// Takes a task out, and frees its slot. It still counts as unfinished.
    fn take(&mut self, id: TaskId) -> Option<Complete> {
        let entry = self.entries.get_mut(id.slot as usize)?;
        if entry.turn != id.turn {
            return None;
        }
        let complete = entry.complete.take()?;
        entry.turn = entry.turn.wrapping_add(1);
        self.free.push(id.slot);
        Some(complete)
    }

    /// The tasks without a reply.
    fn ids(&self) -> impl Iterator<Item = TaskId> {
        let entries = self.entries.iter().zip(0..);
        entries.filter_map(|(entry, slot)| {
            let id = TaskId { slot, turn: entry.turn };
            entry.complete.is_some().then_some(id)
        })
    }
}
