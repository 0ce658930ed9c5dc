//! Signal-driven I/O: the kernel interrupts the thread when something has arrived.

#![expect(
    unsafe_code,
    reason = "nix has no real-time signals, and a handler is unsafe to set"
)]

use std::io;
use std::marker::PhantomData;
use std::mem::{MaybeUninit, zeroed};
use std::os::fd::{BorrowedFd, RawFd};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering::SeqCst};

use rustix::fs::OFlags;

use crate::call::Call;
use crate::error::Error;
use crate::kernel::{Kernel, number};

/// `fcntl` commands of Linux that libc leaves out for glibc; the numbers are those of
/// fcntl.h on every architecture.
const F_SETSIG: libc::c_int = 10;
const F_SETOWN_EX: libc::c_int = 15;
/// The owner is a thread, and not its process.
const F_OWNER_TID: libc::c_int = 0;

/// `O_ASYNC`, which rustix leaves out.
const SENDS_SIGNALS: OFlags = OFlags::from_bits_retain(libc::O_ASYNC as _);

/// `struct f_owner_ex`.
#[repr(C)]
struct Owner {
    kind: libc::c_int,
    id: libc::pid_t,
}

/// What the handler tells: how often it has run, and for which file it did last.
static RUNS: AtomicU64 = AtomicU64::new(0);
static FILE: AtomicI32 = AtomicI32::new(-1);
static TAKEN: AtomicBool = AtomicBool::new(false);

/// How the kernel signals that something has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// By SIGIO, as Unix always had it: one that is pending swallows those that follow,
    /// and none says which file it is for.
    Plain,
    /// By a real-time signal: they queue, and each names its file (`F_SETSIG`).
    Queued,
}

/// Signals that tell the thread that something has arrived at a file.
///
/// The handler only counts. It may run between any two instructions of the thread, so
/// it must not lock, allocate or print; the count is an atomic number, which the thread
/// looks at whenever it likes.
///
/// A process has one handler for a signal, so there is one of these at a time. When it
/// is dropped, the file sends no more signals and the handler before it is back.
///
/// ```
/// use std::io::Write as _;
/// use std::os::fd::AsFd as _;
/// use io_models::{Arrivals, Delivery, Kernel};
///
/// let kernel = Kernel::new();
/// let (source, mut peer) = std::os::unix::net::UnixStream::pair()?;
/// let arrivals = Arrivals::of(&kernel, source.as_fd(), Delivery::Queued)?;
/// peer.write_all(b"hello")?;
/// // The kernel has interrupted this thread by now: the peer is the same thread.
/// assert_eq!(arrivals.count(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Arrivals<'k, 'fd> {
    kernel: &'k Kernel,
    file: BorrowedFd<'fd>,
    signal: libc::c_int,
    before: Handler,
    /// The signals go to the thread that asked for them.
    of_one_thread: PhantomData<*const ()>,
}

struct Handler(libc::sigaction);

impl<'k, 'fd> Arrivals<'k, 'fd> {
    /// Has the kernel signal this thread, from now on, whenever something arrives at
    /// the file. It tells nothing of what has arrived before.
    ///
    /// # Errors
    /// [`Error::SignalTaken`] if there is another in this process; [`Error::Os`] for a
    /// file that cannot send signals, such as a regular one.
    pub fn of(
        kernel: &'k Kernel,
        file: BorrowedFd<'fd>,
        delivery: Delivery,
    ) -> Result<Self, Error> {
        if TAKEN.swap(true, SeqCst) {
            return Err(Error::SignalTaken);
        }
        let signal = match delivery {
            Delivery::Plain => libc::SIGIO,
            Delivery::Queued => libc::SIGRTMIN(),
        };
        RUNS.store(0, SeqCst);
        FILE.store(-1, SeqCst);
        let handled = Handler::set(kernel, signal);
        let before = handled.inspect_err(|_| TAKEN.store(false, SeqCst));
        let before = before.map_err(Error::os("handle a signal"))?;
        // From here on its drop undoes all.
        let this = Self { kernel, file, signal, before, of_one_thread: PhantomData };
        this.ask(delivery).map_err(Error::os("have a file send signals"))?;
        Ok(this)
    }

    fn ask(&self, delivery: Delivery) -> io::Result<()> {
        let owner = Owner { kind: F_OWNER_TID, id: nix::unistd::gettid().as_raw() };
        // SAFETY: the owner lives until the call returns; the kernel only reads it.
        self.fcntl(|file| unsafe { libc::fcntl(file, F_SETOWN_EX, &raw const owner) })?;
        if delivery == Delivery::Queued {
            // SAFETY: the command takes a number and touches no memory.
            self.fcntl(|file| unsafe { libc::fcntl(file, F_SETSIG, self.signal) })?;
        }
        self.set_async(true)?;
        // A file that knows no signals takes the flag and drops it without a word.
        self.kernel.count(Call::Fcntl, 1);
        let flags = rustix::fs::fcntl_getfl(self.file)?;
        if !flags.contains(SENDS_SIGNALS) {
            return Err(io::ErrorKind::Unsupported.into());
        }
        Ok(())
    }

    fn fcntl(&self, call: impl FnOnce(libc::c_int) -> libc::c_int) -> io::Result<()> {
        self.kernel.count(Call::Fcntl, 1);
        match call(number(self.file)) {
            -1 => Err(io::Error::last_os_error()),
            _ => Ok(()),
        }
    }

    /// Says whether the file sends signals.
    fn set_async(&self, sends: bool) -> io::Result<()> {
        self.kernel.count(Call::Fcntl, 2);
        let mut flags = rustix::fs::fcntl_getfl(self.file)?;
        flags.set(SENDS_SIGNALS, sends);
        Ok(rustix::fs::fcntl_setfl(self.file, flags)?)
    }

    /// How many signals have come; a look into memory, and no system call.
    #[must_use]
    pub fn count(&self) -> u64 {
        RUNS.load(SeqCst)
    }

    /// The file that the last signal has named, if one came and it did.
    #[must_use]
    pub fn file(&self) -> Option<RawFd> {
        Some(FILE.load(SeqCst)).filter(|&file| file >= 0)
    }

    /// Runs `work` while the signals of this thread are held back; they come when it
    /// returns.
    ///
    /// # Errors
    /// The kernel's.
    pub fn held_back<T>(&self, work: impl FnOnce() -> T) -> io::Result<T> {
        let before = self.mask(libc::SIG_BLOCK)?;
        let result = work();
        // SAFETY: `before` is a mask that the same call has filled.
        match unsafe {
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, ptr::null_mut())
        } {
            0 => Ok(result),
            error => Err(io::Error::from_raw_os_error(error)),
        }
    }

    /// Adds the signal to those that are held back, and gives the mask before that.
    fn mask(&self, how: libc::c_int) -> io::Result<libc::sigset_t> {
        let mut set = MaybeUninit::uninit();
        let mut before = MaybeUninit::uninit();
        // SAFETY: the calls fill both sets, of which they get the addresses; the second
        // is read only if it was filled.
        unsafe {
            libc::sigemptyset(set.as_mut_ptr());
            libc::sigaddset(set.as_mut_ptr(), self.signal);
            match libc::pthread_sigmask(how, set.as_ptr(), before.as_mut_ptr()) {
                0 => Ok(before.assume_init()),
                error => Err(io::Error::from_raw_os_error(error)),
            }
        }
    }
}

impl Drop for Arrivals<'_, '_> {
    fn drop(&mut self) {
        // The signal's disposition comes back only when no more can come.
        let _ = self.set_async(false);
        self.kernel.count(Call::Sigreturn, self.count());
        self.before.restore(self.kernel, self.signal);
        TAKEN.store(false, SeqCst);
    }
}

impl Handler {
    /// Counts the signal from now on, and gives the handler before that.
    fn set(kernel: &Kernel, signal: libc::c_int) -> io::Result<Self> {
        // SAFETY: zeros are a valid sigaction: the default disposition, no flags.
        let mut action = unsafe { zeroed::<libc::sigaction>() };
        // What sleeps is not interrupted by an error.
        action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART;
        action.sa_sigaction = on_signal as *const () as libc::sighandler_t;
        let mut before = MaybeUninit::uninit();
        kernel.count(Call::Sigaction, 1);
        // SAFETY: the handler is async-signal-safe: it touches atomic numbers alone. It
        // has the signature that SA_SIGINFO asks for. The call fills `before`.
        unsafe {
            match libc::sigaction(signal, &raw const action, before.as_mut_ptr()) {
                0 => Ok(Self(before.assume_init())),
                _ => Err(io::Error::last_os_error()),
            }
        }
    }

    fn restore(&self, kernel: &Kernel, signal: libc::c_int) {
        kernel.count(Call::Sigaction, 1);
        // SAFETY: the action is one that the kernel has given for this signal.
        unsafe { libc::sigaction(signal, &raw const self.0, ptr::null_mut()) };
    }
}

impl std::fmt::Debug for Handler {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Handler").finish_non_exhaustive()
    }
}

/// The head of a `siginfo_t` of SIGIO or of a signal in its place.
#[repr(C)]
struct Poll {
    head: [libc::c_int; 3],
    band: libc::c_long,
    file: libc::c_int,
}

extern "C" fn on_signal(
    _signal: libc::c_int,
    info: *const libc::siginfo_t,
    _context: *const libc::c_void,
) {
    // SAFETY: with SA_SIGINFO the kernel hands over a siginfo_t, which is larger than
    // `Poll` and aligned as it is; any bits are valid numbers.
    let file = unsafe { (*info.cast::<Poll>()).file };
    // SIGIO from the kernel without F_SETSIG has SI_KERNEL for its code and no file.
    // SAFETY: as above.
    let names_file = unsafe { (*info).si_code } != libc::SI_KERNEL;
    FILE.store(if names_file { file } else { -1 }, SeqCst);
    RUNS.fetch_add(1, SeqCst);
}
