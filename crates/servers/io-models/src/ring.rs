//! `io_uring`: reads that the kernel completes, while the process does something else.

#![expect(unsafe_code, reason = "the kernel writes into memory of this process")]

use std::io;
use std::marker::PhantomData;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use io_uring::types::{Fd, SubmitArgs, Timespec};
use io_uring::{EnterFlags, IoUring, opcode, squeue};
use shared::trace;

use crate::call::Call;
use crate::error::Error;
use crate::kernel::{Kernel, number};

/// How long a ring that is dropped waits for the kernel to give its buffers back, each
/// time.
const PATIENCE: Duration = Duration::from_secs(1);

/// The number of a request that is no read, and whose completion tells nothing.
const NO_READ: u64 = u64::MAX;

/// Two queues shared with the kernel: reads go in at one, and come out at the other
/// when they are done.
///
/// [`read`](Self::read) puts a read into the first queue, [`submit`](Self::submit)
/// tells the kernel, by one system call for all reads that were put. When the bytes
/// have arrived *and are in the buffer*, the kernel puts a [`Completion`] into the
/// second queue. [`completed`](Self::completed) takes it out, which is a look into
/// memory and no system call.
///
/// The ring owns each buffer while the kernel may write into it, and borrows each file,
/// so neither can be freed too early. A ring that is dropped cancels its reads and
/// waits until the kernel is done with them; were it not within some seconds, their
/// buffers would be leaked.
///
/// ```no_run
/// use std::io::Write as _;
/// use std::os::fd::AsFd as _;
/// use io_models::{Kernel, Ring};
///
/// let kernel = Kernel::new();
/// let (source, mut peer) = std::os::unix::net::UnixStream::pair()?;
/// let mut ring = Ring::new(&kernel, 8)?;
/// ring.read(source.as_fd(), vec![0; 1024])?;
/// ring.submit()?;
/// peer.write_all(b"hello")?;
/// let completion = ring.wait(None)?.expect("without a timeout it comes");
/// assert_eq!(completion.bytes()?, b"hello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A file cannot be closed while the ring reads from it (E0505):
/// ```compile_fail,E0505
/// # use std::os::fd::AsFd as _;
/// # use io_models::{Kernel, Ring};
/// # let kernel = Kernel::new();
/// let (source, _peer) = std::os::unix::net::UnixStream::pair().unwrap();
/// let mut ring = Ring::new(&kernel, 8).unwrap();
/// ring.read(source.as_fd(), vec![0; 1024]).unwrap();
/// drop(source);
/// ring.submit().unwrap();
/// ```
///
/// Nor can the buffer be used before the kernel is done with it (E0382):
/// ```compile_fail,E0382
/// # use std::os::fd::AsFd as _;
/// # use io_models::{Kernel, Ring};
/// # let kernel = Kernel::new();
/// # let (source, _peer) = std::os::unix::net::UnixStream::pair().unwrap();
/// # let mut ring = Ring::new(&kernel, 8).unwrap();
/// let buffer = vec![0; 1024];
/// ring.read(source.as_fd(), buffer).unwrap();
/// assert_eq!(buffer[0], b'h');
/// ```
pub struct Ring<'k, 'fd> {
    kernel: &'k Kernel,
    queues: IoUring,
    /// The buffers that the kernel may write into, by the places of their reads.
    reads: Vec<Option<Read>>,
    /// How many reads have been begun.
    begun: u64,
    limit: usize,
    files: PhantomData<BorrowedFd<'fd>>,
}

/// A read that has been begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ticket(u64);

/// A read that the kernel has not completed.
struct Read {
    ticket: Ticket,
    buffer: Vec<u8>,
}

/// A read that has ended.
#[derive(Debug)]
pub struct Completion {
    /// The read.
    pub ticket: Ticket,
    /// The buffer that was given for it, as long as it was.
    pub buffer: Vec<u8>,
    /// How many bytes have been read, with 0 for the end; or why none were:
    /// `ECANCELED` for a read that was [cancelled](Ring::cancel).
    pub result: io::Result<usize>,
}

impl Completion {
    /// The bytes that have been read.
    ///
    /// # Errors
    /// The read's own.
    pub fn bytes(self) -> io::Result<Vec<u8>> {
        let count = self.result?;
        let mut buffer = self.buffer;
        buffer.truncate(count);
        Ok(buffer)
    }
}

impl<'k, 'fd> Ring<'k, 'fd> {
    /// A ring for at most `entries` reads at once, a power of two up to 4,096.
    ///
    /// # Errors
    /// [`Error::Refused`] if the kernel has no `io_uring`, has one older than Linux
    /// 5.11, or does not let this process use it, as in most containers.
    pub fn new(kernel: &'k Kernel, entries: u32) -> Result<Self, Error> {
        Self::build(kernel, entries, &mut IoUring::builder())
    }

    /// A ring whose first queue a thread of the kernel looks into all the time
    /// (`IORING_SETUP_SQPOLL`), so that [`submit`](Self::submit) needs no system call.
    ///
    /// That thread keeps a core busy. It goes to sleep when it has found nothing for
    /// `idle`, and the next submit wakes it, by a system call. It also begins asleep,
    /// so it is woken here, by one such call.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn polled(
        kernel: &'k Kernel,
        entries: u32,
        idle: Duration,
    ) -> Result<Self, Error> {
        let idle = u32::try_from(idle.as_millis()).unwrap_or(u32::MAX);
        let mut ring =
            Self::build(kernel, entries, IoUring::builder().setup_sqpoll(idle))?;
        let awake = opcode::Nop::new().build().user_data(NO_READ);
        // SAFETY: the request refers to no memory.
        unsafe { ring.push(&awake)? };
        // It returns when the thread has taken the request, so the thread is awake.
        ring.enter(1, EnterFlags::SQ_WAKEUP | EnterFlags::GETEVENTS, None)
            .map_err(Error::os("wake the kernel's thread"))?;
        Ok(ring)
    }

    fn build(
        kernel: &'k Kernel,
        entries: u32,
        builder: &mut io_uring::Builder,
    ) -> Result<Self, Error> {
        let refused = |source| Error::Refused { what: "io_uring", source };
        kernel.count(Call::RingSetup, 1);
        let queues = builder.dontfork().build(entries).map_err(refused)?;
        let params = queues.params();
        if !params.is_feature_ext_arg() || !params.is_feature_nodrop() {
            return Err(refused(io::ErrorKind::Unsupported.into()));
        }
        let limit = entries as usize;
        let reads = (0..limit).map(|_| None).collect();
        Ok(Self { kernel, queues, reads, begun: 0, limit, files: PhantomData })
    }

    /// How many reads are under way.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.reads.iter().flatten().count()
    }

    /// Puts a read into the first queue. The kernel learns of it by
    /// [`submit`](Self::submit) or [`wait`](Self::wait).
    ///
    /// # Errors
    /// [`Error::Full`], which hands the buffer back; [`Error::Os`].
    pub fn read(
        &mut self,
        file: BorrowedFd<'fd>,
        mut buffer: Vec<u8>,
    ) -> Result<Ticket, Error> {
        let Some(place) = self.reads.iter().position(Option::is_none) else {
            return Err(Error::Full { limit: self.limit, buffer });
        };
        let ticket = Ticket((self.begun << 32) | place as u64);
        let length = u32::try_from(buffer.len()).unwrap_or(u32::MAX);
        let request = opcode::Read::new(Fd(number(file)), buffer.as_mut_ptr(), length)
            // From where the file stands, as read(2) does.
            .offset(u64::MAX)
            .build()
            .user_data(ticket.0);
        // SAFETY: the buffer's heap memory stays in place, and in `self.reads`, until
        // the kernel has completed the read; a ring that ends before waits for that, or
        // leaks it. The file is open for as long as the ring lives.
        unsafe { self.push(&request)? };
        self.begun = (self.begun + 1) & 0x7fff_ffff;
        self.reads[place] = Some(Read { ticket, buffer });
        Ok(ticket)
    }

    /// Asks the kernel to give up a read. It completes as any other: with `ECANCELED`,
    /// or with its bytes if they have come before. A read that has completed is left
    /// alone.
    ///
    /// # Errors
    /// [`Error::Os`].
    pub fn cancel(&mut self, ticket: Ticket) -> Result<(), Error> {
        let request = opcode::AsyncCancel::new(ticket.0).build().user_data(NO_READ);
        // SAFETY: the request refers to no memory.
        unsafe { self.push(&request) }
    }

    /// # Safety
    /// The memory that the request refers to outlives the request.
    unsafe fn push(&mut self, request: &squeue::Entry) -> Result<(), Error> {
        // SAFETY: as the caller promises.
        if unsafe { self.queues.submission().push(request) }.is_ok() {
            return Ok(());
        }
        // The queue has room again when the kernel has taken what is in it.
        self.submit()?;
        while self.queues.submission().is_full() {
            self.enter(0, EnterFlags::SQ_WAIT, None)
                .map_err(Error::os("wait for room in the ring"))?;
        }
        // SAFETY: as the caller promises. There is room.
        unsafe { self.queues.submission().push(request) }
            .map_err(|_| Error::os("queue a read")(io::ErrorKind::WouldBlock))
    }

    /// Tells the kernel of the reads that were put into the first queue: one system
    /// call for all of them, none if there are none, and none for a
    /// [polled](Self::polled) ring while the kernel's thread is awake.
    ///
    /// # Errors
    /// [`Error::Os`].
    pub fn submit(&mut self) -> Result<(), Error> {
        let polled = self.queues.params().is_setup_sqpoll();
        let queue = self.queues.submission();
        let flags = if !polled {
            EnterFlags::empty()
        } else if queue.need_wakeup() {
            EnterFlags::SQ_WAKEUP
        } else {
            return Ok(());
        };
        if queue.is_empty() {
            return Ok(());
        }
        drop(queue);
        self.enter(0, flags, None).map_err(Error::os("submit to the ring"))
    }

    /// Takes a read that has completed out of the second queue, without a system call.
    #[must_use]
    pub fn completed(&mut self) -> Option<Completion> {
        loop {
            let entry = self.queues.completion().next()?;
            let number = entry.user_data();
            // A cancellation has nothing to tell: the read itself does.
            let place = (number & 0xffff_ffff) as usize;
            let is_it = |read: &mut Read| read.ticket.0 == number;
            let read = self.reads.get_mut(place).and_then(|it| it.take_if(is_it));
            let Some(Read { ticket, buffer }) = read else { continue };
            let result = usize::try_from(entry.result())
                .map_err(|_| io::Error::from_raw_os_error(-entry.result()));
            self.kernel.count_copied(*result.as_ref().unwrap_or(&0));
            return Some(Completion { ticket, buffer, result });
        }
    }

    /// Sleeps until a read has completed, or for so long; tells the kernel first of the
    /// reads that were put into the first queue. Gives nothing when the time is over,
    /// and at once where no read is under way.
    ///
    /// # Errors
    /// [`Error::Os`].
    pub fn wait(
        &mut self,
        time: Option<Duration>,
    ) -> Result<Option<Completion>, Error> {
        loop {
            if let Some(completion) = self.completed() {
                self.submit()?;
                return Ok(Some(completion));
            }
            if self.under_way() == 0 {
                return Ok(None);
            }
            let mut flags = EnterFlags::GETEVENTS;
            if self.queues.params().is_setup_sqpoll()
                && self.queues.submission().need_wakeup()
            {
                flags |= EnterFlags::SQ_WAKEUP;
            }
            let asleep = trace::waiting("in io_uring_enter");
            let ended = self.enter(1, flags, time.map(Timespec::from));
            drop(asleep);
            match ended {
                Err(error) if error.raw_os_error() == Some(libc::ETIME) => {
                    return Ok(self.completed());
                }
                ended => ended.map_err(Error::os("wait for the ring"))?,
            }
        }
    }

    /// The system call: submits all that is queued, and waits for so many completions.
    fn enter(
        &mut self,
        least: u32,
        flags: EnterFlags,
        time: Option<Timespec>,
    ) -> io::Result<()> {
        let queued = self.queues.submission().len() as u32;
        self.kernel.count(Call::RingEnter, 1);
        let submitter = self.queues.submitter();
        let mut args = SubmitArgs::new();
        if let Some(time) = &time {
            args = args.timespec(time);
        }
        let flags = (flags | EnterFlags::EXT_ARG).bits();
        // SAFETY: with EXT_ARG the argument is such a structure, which lives until the
        // call returns, and so does the time that it points to.
        match unsafe { submitter.enter(queued, least, flags, Some(&args)) } {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            ended => ended.map(drop),
        }
    }

    /// Cancels all reads, and waits until the kernel is done with their buffers.
    fn give_up(&mut self) -> Result<(), Error> {
        let tickets: Vec<_> =
            self.reads.iter().flatten().map(|read| read.ticket).collect();
        for ticket in tickets {
            self.cancel(ticket)?;
        }
        while self.under_way() > 0 {
            if self.wait(Some(PATIENCE))?.is_none() {
                return Err(Error::os("cancel reads")(io::ErrorKind::TimedOut));
            }
        }
        Ok(())
    }
}

impl Drop for Ring<'_, '_> {
    fn drop(&mut self) {
        if self.under_way() > 0 && self.give_up().is_err() {
            // The kernel may still write into them.
            std::mem::take(&mut self.reads).into_iter().for_each(std::mem::forget);
        }
    }
}

impl std::fmt::Debug for Ring<'_, '_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut it = formatter.debug_struct("Ring");
        it.field("limit", &self.limit).field("under_way", &self.under_way());
        it.finish_non_exhaustive()
    }
}
