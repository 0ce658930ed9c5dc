//! System calls that are counted as they are made.

use std::cell::Cell;
use std::io;
use std::marker::PhantomData;
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd};

use nix::sys::select::FdSet;
use nix::sys::time::TimeVal;
use rustix::event::{PollFd, PollFlags};
use rustix::net::RecvFlags;
use rustix::pipe::SpliceFlags;
use shared::trace;

use crate::call::{Call, Calls};

/// The border between a thread and the kernel: each method is one system call, and
/// counts it.
///
/// The calls are rustix's, which makes them without libc in between: one method, one
/// call. Beside the calls a `Kernel` counts the bytes that cross the border, each time
/// they do, and the descriptors that the thread hands over to be watched. It belongs to
/// one thread.
///
/// ```
/// use std::io::Write as _;
/// use io_models::{Call, Kernel};
///
/// let kernel = Kernel::new();
/// let (source, mut peer) = std::os::unix::net::UnixStream::pair()?;
/// peer.write_all(b"hello")?;
/// let mut buffer = [0; 1024];
/// assert_eq!(kernel.recv(&source, &mut buffer)?, 5);
/// assert_eq!((kernel.calls().of(Call::Recv), kernel.copied()), (1, 5));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Kernel {
    calls: Cell<Calls>,
    copied: Cell<u64>,
    watched: Cell<u64>,
    /// Signals and context switches are counted by the thread.
    of_one_thread: PhantomData<*const ()>,
}

impl Kernel {
    /// A count of nothing so far.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The calls made so far.
    #[must_use]
    pub fn calls(&self) -> Calls {
        self.calls.get()
    }

    /// The bytes that were copied so far between the kernel's memory and the process's.
    #[must_use]
    pub fn copied(&self) -> u64 {
        self.copied.get()
    }

    /// The descriptors handed to the kernel so far to be watched, counted anew for each
    /// call.
    #[must_use]
    pub fn watched(&self) -> u64 {
        self.watched.get()
    }

    pub(crate) fn count(&self, call: Call, times: u64) {
        let mut calls = self.calls.get();
        calls.add(call, times);
        self.calls.set(calls);
    }

    pub(crate) fn count_copied(&self, bytes: usize) {
        self.copied.set(self.copied.get() + bytes as u64);
    }

    pub(crate) fn count_watched(&self, descriptors: usize) {
        self.watched.set(self.watched.get() + descriptors as u64);
    }

    /// Counts the call, and the bytes that it copied.
    fn copying(
        &self,
        call: Call,
        result: rustix::io::Result<usize>,
    ) -> io::Result<usize> {
        self.count(call, 1);
        let bytes = result?;
        self.count_copied(bytes);
        Ok(bytes)
    }

    /// Receives what has arrived, and sleeps until something has: Python's `recv`.
    ///
    /// # Errors
    /// The kernel's; [`Interrupted`](io::ErrorKind::Interrupted) if a handler of a
    /// signal has run meanwhile.
    pub fn recv(&self, source: impl AsFd, buffer: &mut [u8]) -> io::Result<usize> {
        let _asleep = trace::waiting("in recvfrom");
        self.copying(
            Call::Recv,
            rustix::net::recv(source, buffer, RecvFlags::empty()).map(|it| it.0),
        )
    }

    /// Receives what has arrived, and never sleeps: Python's `recv` after
    /// `setblocking(False)`.
    ///
    /// # Errors
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if nothing has arrived, or the
    /// kernel's.
    pub fn try_recv(&self, source: impl AsFd, buffer: &mut [u8]) -> io::Result<usize> {
        self.copying(
            Call::Recv,
            rustix::net::recv(source, buffer, RecvFlags::DONTWAIT).map(|it| it.0),
        )
    }

    /// Reads from a file or a pipe: Python's `os.read`.
    ///
    /// # Errors
    /// The kernel's.
    pub fn read(&self, file: impl AsFd, buffer: &mut [u8]) -> io::Result<usize> {
        self.copying(Call::Read, rustix::io::read(file, buffer))
    }

    /// Writes to a file, a pipe or a socket, perhaps only a part: Python's `os.write`.
    ///
    /// # Errors
    /// The kernel's.
    pub fn write(&self, file: impl AsFd, bytes: &[u8]) -> io::Result<usize> {
        self.copying(Call::Write, rustix::io::write(file, bytes))
    }

    /// Lets the kernel send up to `count` bytes of a file from where it stands:
    /// Python's `os.sendfile`. No byte comes into the process.
    ///
    /// # Errors
    /// The kernel's.
    pub fn sendfile(
        &self,
        to: impl AsFd,
        file: impl AsFd,
        count: usize,
    ) -> io::Result<usize> {
        self.count(Call::Sendfile, 1);
        Ok(rustix::fs::sendfile(to, file, None, count)?)
    }

    /// Lets the kernel move up to `count` bytes into or out of a pipe: Python's
    /// `os.splice`. No byte comes into the process.
    ///
    /// # Errors
    /// The kernel's.
    pub fn splice(
        &self,
        from: impl AsFd,
        to: impl AsFd,
        count: usize,
    ) -> io::Result<usize> {
        self.count(Call::Splice, 1);
        let flags = SpliceFlags::empty();
        Ok(rustix::pipe::splice(from, None, to, None, count, flags)?)
    }

    /// Sleeps until one of the files can be read, and gives the places of all that can:
    /// Python's `select.select`.
    ///
    /// # Errors
    /// The kernel's.
    ///
    /// # Panics
    /// If a descriptor is not below 1,024: the set of select(2) has no place for it.
    pub fn select(&self, files: &[impl AsFd]) -> io::Result<Vec<usize>> {
        let mut set = FdSet::new();
        for file in files {
            set.insert(file.as_fd());
        }
        self.count(Call::Select, 1);
        self.count_watched(files.len());
        let _asleep = trace::waiting("in select");
        nix::sys::select::select(None, &mut set, None, None, None::<&mut TimeVal>)?;
        let is_ready = |&place: &usize| set.contains(files[place].as_fd());
        Ok((0..files.len()).filter(is_ready).collect())
    }

    /// Sleeps until one of the files can be read, and gives the places of all that can:
    /// Python's `select.poll`.
    ///
    /// # Errors
    /// The kernel's.
    pub fn poll(&self, files: &[impl AsFd]) -> io::Result<Vec<usize>> {
        let watched = |file| PollFd::from_borrowed_fd(file, PollFlags::IN);
        let mut list: Vec<_> = files.iter().map(|file| watched(file.as_fd())).collect();
        self.count(Call::Poll, 1);
        self.count_watched(files.len());
        let _asleep = trace::waiting("in poll");
        rustix::event::poll(&mut list, None)?;
        let is_ready = |&place: &usize| !list[place].revents().is_empty();
        Ok((0..files.len()).filter(is_ready).collect())
    }

    /// How many bytes wait in the kernel to be read from the file. The question is a
    /// system call as well, and is not counted: it belongs to no model.
    ///
    /// # Errors
    /// The kernel's.
    pub fn unread(&self, file: impl AsFd) -> io::Result<u64> {
        Ok(rustix::io::ioctl_fionread(file)?)
    }
}

/// The number of a descriptor, for those calls that neither nix nor rustix has.
pub(crate) fn number(file: BorrowedFd<'_>) -> libc::c_int {
    file.as_raw_fd()
}
