//! What the processes of a pool share: a ring of tasks, a ring of replies, and the
//! places where they wait.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Instant;

use crossbeam::utils::CachePadded;
use ipc_pipe::{decode, encode};
use processes::{Shareable, SharedMemory};
use producer_consumer::{EventCount, Refused, Ring};

use crate::error::TaskError;
use crate::process::call::Call;
use crate::process::slots::{Slots, TaskId};

/// How many workers a pool may have.
pub(crate) const MOST_WORKERS: usize = 256;

/// How many bytes stand before the argument of a task.
pub(crate) const HEAD: usize = size_of::<u64>() + Call::BYTES;

#[derive(Debug)]
pub(crate) struct Board {
    pub(crate) slots: Slots,
    tasks: Ring,
    replies: Ring,
    places: SharedMemory<Places>,
}

/// Each place is read after every operation of another side, so it has cache lines of
/// its own.
#[derive(Debug)]
struct Places {
    /// Workers wait here for a task.
    tasks: CachePadded<EventCount>,
    /// The parent waits here for room for a task,
    room: CachePadded<EventCount>,
    /// and here for a reply.
    replies: CachePadded<EventCount>,
    /// Which workers have begun to take tasks.
    begun: [AtomicBool; MOST_WORKERS],
}

// SAFETY: event counts and atomics, which may be shared themselves.
unsafe impl Shareable for Places {}

/// A task in a worker's hand.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) id: TaskId,
    pub(crate) call: Call,
}

impl Board {
    /// A board for at most `capacity` unfinished tasks.
    pub(crate) fn new(capacity: usize) -> io::Result<Self> {
        let places = Places {
            tasks: CachePadded::default(),
            room: CachePadded::default(),
            replies: CachePadded::default(),
            begun: [const { AtomicBool::new(false) }; MOST_WORKERS],
        };
        Ok(Self {
            slots: Slots::new(capacity)?,
            tasks: Ring::new(u32::try_from(capacity).unwrap_or(u32::MAX))?,
            replies: Ring::new(u32::MAX)?,
            places: SharedMemory::new(places, 0)?,
        })
    }

    /// Begins the record of a task; its argument is appended, and the id comes last.
    pub(crate) fn begin_task(call: Call, record: &mut Vec<u8>) {
        record.clear();
        record.extend_from_slice(&[0; size_of::<u64>()]);
        record.extend_from_slice(&call.to_bytes());
    }

    /// Puts a task on the board that has been offered, unless there is no room now.
    pub(crate) fn put(&self, id: TaskId, record: &mut [u8]) -> Result<(), Refused> {
        record[..size_of::<u64>()].copy_from_slice(&id.to_u64().to_ne_bytes());
        self.tasks.push(record, None)?;
        self.places.tasks.notify_one();
        Ok(())
    }

    /// Waits until there may be room for a task, until the deadline at most.
    pub(crate) fn wait_for_room(&self, length: usize, deadline: Instant) -> bool {
        let ready = || self.tasks.has_room(length) || self.has_reply();
        self.places.room.wait("for room for a task", Some(deadline), ready)
    }

    /// Takes the next task that waits, and puts its record into `record`; `None` once
    /// the board is closed and has no task any more.
    ///
    /// The task is claimed before its record leaves the ring. If this process is killed
    /// in between, the record is still there, and the next worker drops it, since the
    /// task does not wait any more. If it is killed before the claim, the next worker
    /// has the task. So a task is neither lost nor run twice.
    pub(crate) fn take(&self, worker: u32, record: &mut Vec<u8>) -> Option<Taken> {
        let ready = || !self.tasks.is_empty() || self.tasks.is_closed();
        loop {
            let attempt = || self.try_take(worker, record);
            match self.places.tasks.retry("for a task", None, ready, attempt)? {
                Next::Task(taken) => return Some(taken),
                Next::Cancelled => {}
                Next::Ended => return None,
            }
        }
    }

    fn try_take(&self, worker: u32, record: &mut Vec<u8>) -> Option<Next> {
        let taken = self.tasks.pop(None, |lent| {
            record.clear();
            lent.copy_to(record);
            let (id, rest) = record.split_first_chunk()?;
            let id = TaskId::from_u64(u64::from_ne_bytes(*id));
            let call = Call::from_bytes(*rest.first_chunk()?);
            self.slots.claim(id, worker).then_some(Taken { id, call })
        });
        let Some(taken) = taken else {
            return self.is_finished().then_some(Next::Ended);
        };
        self.places.room.notify_one();
        Some(taken.map_or(Next::Cancelled, Next::Task))
    }

    /// Puts the reply to a task on the board; waits for room as long as it takes.
    pub(crate) fn reply(
        &self,
        id: TaskId,
        reply: &Result<(), TaskError>,
        value: &[u8],
    ) {
        let mut record = Vec::with_capacity(size_of::<u64>() + 1 + value.len());
        record.extend_from_slice(&id.to_u64().to_ne_bytes());
        record.push(u8::from(reply.is_ok()));
        match reply {
            Ok(()) => record.extend_from_slice(value),
            // An error that cannot be encoded, for its length, is one that cannot be
            // read.
            Err(error) => drop(encode(error, &mut record)),
        }
        while self.replies.push(&record, None) == Err(Refused::Full) {
            let ready = || self.replies.has_room(record.len());
            self.places.room.wait("for room for a reply", None, ready);
        }
        self.places.replies.notify_one();
    }

    /// Takes the next reply, if there is one: to which task, and its value or error.
    pub(crate) fn take_reply(&self) -> Option<(TaskId, Result<Vec<u8>, TaskError>)> {
        let mut record = Vec::new();
        self.replies.pop(None, |reply| reply.copy_to(&mut record))?;
        self.places.room.notify_one();
        let (id, rest) = record.split_first_chunk()?;
        let (is_value, rest) = rest.split_first()?;
        let id = TaskId::from_u64(u64::from_ne_bytes(*id));
        let reply = match is_value {
            1 => Ok(rest.to_vec()),
            _ => Err(decode(rest)
                .unwrap_or_else(|error| TaskError::Decode(error.to_string()))),
        };
        Some((id, reply))
    }

    pub(crate) fn has_reply(&self) -> bool {
        !self.replies.is_empty()
    }

    /// Waits until there is a reply or it is `ready`, until the deadline at most;
    /// whether there is or it is.
    pub(crate) fn wait_for_reply(
        &self,
        what_for: &'static str,
        deadline: Instant,
        ready: &dyn Fn() -> bool,
    ) -> bool {
        let ready = || self.has_reply() || ready();
        self.places.replies.wait(what_for, Some(deadline), ready)
    }

    /// Wakes the threads of the parent that wait for a reply: another thread may have
    /// received it for them.
    pub(crate) fn wake_owners(&self) {
        self.places.replies.notify_all();
    }

    /// Takes no more tasks. Those that wait are still done.
    pub(crate) fn close(&self) {
        self.tasks.close();
        self.places.tasks.notify_all();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.tasks.is_closed()
    }

    /// Whether it takes no more tasks and has none any more. In this order: nothing is
    /// put after the closing.
    pub(crate) fn is_finished(&self) -> bool {
        self.tasks.is_closed() && self.tasks.is_empty()
    }

    /// The worker with this number is about to be started, or has begun to take tasks.
    pub(crate) fn set_begun(&self, worker: u32, has_begun: bool) {
        self.places.begun[worker as usize].store(has_begun, Relaxed);
    }

    pub(crate) fn has_begun(&self, worker: u32) -> bool {
        self.places.begun[worker as usize].load(Relaxed)
    }
}

/// What an attempt to take a task has come to.
enum Next {
    Task(Taken),
    /// It did not wait any more.
    Cancelled,
    Ended,
}
