//! The two queues that are shared with the kernel.

use std::io;
use std::time::Duration;

use io_uring::squeue::{self, Flags};
use io_uring::types::{CancelBuilder, SubmitArgs, Timespec};
use io_uring::{IoUring, cqueue, opcode};

use super::id::Id;
use crate::Error;

/// How many requests fit into the first queue; one more takes a system call.
const ENTRIES: u32 = 1024;

/// How many completions fit into the second queue; the kernel keeps those beyond.
const COMPLETIONS: u32 = 8 * ENTRIES;

/// What a request is, in the upper bits of its number; its connection is in the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Accept = 1,
    Receive,
    Send,
    Watch,
    /// Its completion tells nothing.
    Other,
}

const KINDS: [Kind; 4] = [Kind::Accept, Kind::Receive, Kind::Send, Kind::Watch];

const SHIFT: u32 = 56;

impl Kind {
    fn number(self, id: Id) -> u64 {
        (self as u64) << SHIFT | id.0
    }
}

/// What has become of a request.
pub(super) struct Completion {
    pub(super) kind: Kind,
    pub(super) id: Id,
    pub(super) result: io::Result<usize>,
    /// The buffer that has been taken for it.
    pub(super) buffer: Option<u16>,
    /// Whether more is to come of it.
    pub(super) goes_on: bool,
}

pub(super) struct Queues {
    ring: IoUring,
    /// How many requests the kernel has not completed for good.
    pub(super) under_way: usize,
    /// How many system calls have been made.
    pub(super) enters: u64,
}

impl Queues {
    pub(super) fn new() -> Result<Self, Error> {
        let ring = IoUring::builder()
            .dontfork()
            .setup_cqsize(COMPLETIONS)
            // What has happened is looked at when this thread asks for it, and does
            // not interrupt it before.
            .setup_single_issuer()
            .setup_defer_taskrun()
            .build(ENTRIES)
            .map_err(|error| Error::Refused { error })?;
        Ok(Self { ring, under_way: 0, enters: 0 })
    }

    /// Puts a request into the first queue, and waits for its completion from now on.
    ///
    /// # Safety
    /// The memory that the request refers to is neither freed nor used otherwise, and
    /// its descriptor is open, until the request is complete.
    pub(super) unsafe fn put(
        &mut self,
        request: squeue::Entry,
        kind: Kind,
        id: Id,
    ) -> Result<(), Error> {
        // SAFETY: as the caller promises.
        unsafe { self.push(&request.user_data(kind.number(id)))? };
        self.under_way += 1;
        Ok(())
    }

    /// The same for a request whose completion tells nothing.
    ///
    /// # Safety
    /// As [`put`](Self::put).
    pub(super) unsafe fn put_aside(
        &mut self,
        request: squeue::Entry,
    ) -> Result<(), Error> {
        let number = Kind::Other.number(Id(0));
        // SAFETY: as the caller promises.
        unsafe { self.push(&request.flags(Flags::SKIP_SUCCESS).user_data(number)) }
    }

    /// Asks the kernel to give up a request, which then completes as any other.
    pub(super) fn cancel(&mut self, kind: Kind, id: Id) -> Result<(), Error> {
        let cancel = opcode::AsyncCancel::new(kind.number(id)).build();
        // SAFETY: the request refers to no memory.
        unsafe { self.put_aside(cancel) }
    }

    /// Asks the kernel to give up all requests.
    pub(super) fn cancel_all(&mut self) -> Result<(), Error> {
        let all = opcode::AsyncCancel2::new(CancelBuilder::any().all()).build();
        // SAFETY: the request refers to no memory.
        unsafe { self.put_aside(all) }
    }

    /// # Safety
    /// As [`put`](Self::put).
    unsafe fn push(&mut self, request: &squeue::Entry) -> Result<(), Error> {
        // SAFETY: as the caller promises.
        while unsafe { self.ring.submission().push(request) }.is_err() {
            self.enter(0, None)?;
        }
        Ok(())
    }

    /// The system call: hands all requests over, and waits for so many completions.
    /// False if the time is over.
    pub(super) fn enter(
        &mut self,
        least: usize,
        time: Option<Duration>,
    ) -> Result<bool, Error> {
        let time = time.map(Timespec::from);
        let mut args = SubmitArgs::new();
        if let Some(time) = &time {
            args = args.timespec(time);
        }
        self.enters += 1;
        match self.ring.submitter().submit_with_args(least, &args) {
            Ok(_) => Ok(true),
            Err(error) => match error.raw_os_error() {
                Some(libc::EINTR | libc::EAGAIN | libc::EBUSY) => Ok(true),
                Some(libc::ETIME) => Ok(false),
                _ => Err(Error::os("enter the ring")(error)),
            },
        }
    }

    /// Takes a completion out of the second queue, without a system call.
    pub(super) fn next(&mut self) -> Option<Completion> {
        let entry = self.ring.completion().next()?;
        let number = entry.user_data();
        let is_it = |kind: &Kind| *kind as u64 == number >> SHIFT;
        let kind = KINDS.into_iter().find(is_it).unwrap_or(Kind::Other);
        let goes_on = cqueue::more(entry.flags());
        self.under_way -= usize::from(kind != Kind::Other && !goes_on);
        Some(Completion {
            kind,
            id: Id(number & ((1 << SHIFT) - 1)),
            result: usize::try_from(entry.result())
                .map_err(|_| io::Error::from_raw_os_error(-entry.result())),
            buffer: cqueue::buffer_select(entry.flags()),
            goes_on,
        })
    }
}
