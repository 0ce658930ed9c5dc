//! POSIX AIO: reads that another thread of the process makes.

#![expect(unsafe_code, reason = "neither nix nor rustix has POSIX AIO on Linux")]

use std::io;
use std::marker::PhantomData;
use std::mem::{ManuallyDrop, zeroed};
use std::os::fd::BorrowedFd;
use std::ptr;
use std::time::Duration;

use shared::trace;

use crate::error::Error;
use crate::kernel::{Kernel, number};

/// A read by POSIX AIO (`aio_read(3)`).
///
/// It looks like a read that the kernel completes. But glibc has a thread of its own
/// make it: that thread sleeps in `read` instead of the caller's, so each read under
/// way costs a thread. glibc cannot cancel a read that has begun; one that is dropped
/// before its end leaks its buffer, into which its thread may still read.
///
/// ```
/// use std::io::Write as _;
/// use std::os::fd::AsFd as _;
/// use io_models::{AioRead, Kernel};
///
/// let kernel = Kernel::new();
/// let (source, mut peer) = std::os::unix::net::UnixStream::pair()?;
/// let read = AioRead::start(&kernel, source.as_fd(), vec![0; 1024])?;
/// assert!(!read.is_done());
/// peer.write_all(b"hello")?;
/// assert_eq!(read.wait()?, b"hello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct AioRead<'k, 'fd> {
    kernel: &'k Kernel,
    // On the heap, for glibc keeps its address. Freed by `finish` alone.
    state: ManuallyDrop<Box<State>>,
    file: PhantomData<BorrowedFd<'fd>>,
}

struct State {
    block: libc::aiocb,
    buffer: Vec<u8>,
}

impl<'k, 'fd> AioRead<'k, 'fd> {
    /// Has a thread of glibc's read from the file, from its beginning if it has one.
    /// `kernel` counts the bytes, and no call: this thread makes none.
    ///
    /// # Errors
    /// [`Error::Os`] if there is no thread or no memory for it.
    pub fn start(
        kernel: &'k Kernel,
        file: BorrowedFd<'fd>,
        buffer: Vec<u8>,
    ) -> Result<Self, Error> {
        // SAFETY: zeros are a valid aiocb: numbers and null pointers, and a sigevent
        // that asks for no notification below.
        let block = unsafe { zeroed::<libc::aiocb>() };
        let mut state = Box::new(State { block, buffer });
        state.block.aio_fildes = number(file);
        state.block.aio_buf = state.buffer.as_mut_ptr().cast();
        state.block.aio_nbytes = state.buffer.len();
        state.block.aio_sigevent.sigev_notify = libc::SIGEV_NONE;
        // SAFETY: block and buffer are on the heap, and stay there until glibc says
        // that the read has ended; the file is open for as long.
        if unsafe { libc::aio_read(&raw mut state.block) } != 0 {
            return Err(Error::os("start an asynchronous read")(
                io::Error::last_os_error(),
            ));
        }
        Ok(Self { kernel, state: ManuallyDrop::new(state), file: PhantomData })
    }

    /// Whether the read has ended; a look into memory, and no system call.
    #[must_use]
    pub fn is_done(&self) -> bool {
        // SAFETY: the block was given to `aio_read`, and not yet to `aio_return`.
        unsafe { libc::aio_error(&raw const self.state.block) != libc::EINPROGRESS }
    }

    /// Sleeps until the read has ended, and gives the bytes that it has read.
    ///
    /// # Errors
    /// The read's own.
    pub fn wait(self) -> io::Result<Vec<u8>> {
        let _asleep = trace::waiting("in aio_suspend");
        while !self.is_done() {
            self.suspend(None);
        }
        self.finish()
    }

    /// Sleeps until the read has ended, and gives the bytes that it has read; or gives
    /// the read back when the time is over.
    ///
    /// # Errors
    /// The read, if it is still under way.
    pub fn wait_timeout(self, time: Duration) -> Result<io::Result<Vec<u8>>, Self> {
        if !self.is_done() {
            self.suspend(Some(time));
        }
        if self.is_done() { Ok(self.finish()) } else { Err(self) }
    }

    fn suspend(&self, time: Option<Duration>) {
        let time = time.map(|time| libc::timespec {
            tv_sec: time.as_secs().try_into().unwrap_or(libc::time_t::MAX),
            tv_nsec: time.subsec_nanos().into(),
        });
        let time = time.as_ref().map_or(ptr::null(), ptr::from_ref);
        let list = [&raw const self.state.block];
        // SAFETY: list and time live until the call returns. An error (a signal, or the
        // end of the time) is seen by looking whether the read has ended.
        unsafe { libc::aio_suspend(list.as_ptr(), 1, time) };
    }

    /// Takes what the read has given, once it has ended.
    fn finish(self) -> io::Result<Vec<u8>> {
        let mut read = ManuallyDrop::new(self);
        // SAFETY: it is taken once: `read` is neither used again nor dropped.
        let mut state = unsafe { ManuallyDrop::take(&mut read.state) };
        // SAFETY: the read has ended, and this is the one call that asks for its
        // result.
        let error = unsafe { libc::aio_error(&raw const state.block) };
        // SAFETY: as above.
        let count = unsafe { libc::aio_return(&raw mut state.block) };
        let result = usize::try_from(count).map(|count| {
            read.kernel.count_copied(count);
            state.buffer.truncate(count);
            state.buffer
        });
        result.map_err(|_| io::Error::from_raw_os_error(error))
    }
}

impl Drop for AioRead<'_, '_> {
    fn drop(&mut self) {
        if self.is_done() {
            // SAFETY: the read has ended, so glibc has no use for block and buffer, and
            // nothing uses them after a drop.
            unsafe { ManuallyDrop::drop(&mut self.state) };
        }
    }
}

impl std::fmt::Debug for AioRead<'_, '_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut it = formatter.debug_struct("AioRead");
        it.field("is_done", &self.is_done()).finish_non_exhaustive()
    }
}
