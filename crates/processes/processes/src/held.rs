//! What a process holds that a fork must not copy: the one place that is asked before
//! each fork and after it.
//!
//! A fork copies memory and descriptors. For most values a copy is right; for two kinds
//! it is not, and their types register here:
//!
//! - A guard or a loan gives `&mut T` or `&[u8]` into memory that processes share. The
//!   copy would have the same memory at the same time. While a [`NoFork`] lives, its
//!   thread cannot start a process ([`Error::Held`]).
//! - The end of a pipe is open as long as one process has its descriptor, so a copy
//!   that no code can reach keeps the peer waiting. A [`PrivateFd`] is closed in a
//!   child, unless it belongs to the value that the child is given
//!   ([`Family::spawn_with`](crate::Family::spawn_with)), as Python passes a connection
//!   in `args=`.
//!
//! A crate that forks by itself calls [`Fork::prepare`] before and [`Fork::in_child`]
//! after it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd, RawFd};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::fs::{Mode, OFlags, open};
use rustix::io::{DupFlags, dup3};

use crate::threads::threads;
use crate::{Error, ProcessToken};

/// While it lives, its thread cannot start a process.
///
/// ```
/// use processes::{Error, held::NoFork, scope};
///
/// scope(|family| {
///     let guard = NoFork::new("a guard");
///     let refused = family.spawn("child", || ());
///     assert!(matches!(refused, Err(Error::Held { what: "a guard", .. })));
///     drop(guard);
///     family.spawn("child", || ()).map(drop)
/// })?;
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug)]
#[must_use = "it holds as long as it lives"]
pub struct NoFork {
    what: &'static str,
    /// It belongs to the list of its thread.
    bound: PhantomData<*const ()>,
}

/// What one thread holds, latest last.
struct Holdings(Vec<&'static str>);

/// What threads had forgotten to drop when they ended. References from it may live in
/// other threads.
static FORGOTTEN: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());

thread_local! {
    static HOLDINGS: RefCell<Holdings> = const { RefCell::new(Holdings(Vec::new())) };
}

impl NoFork {
    /// Registers that `what` is held; the error names it: `the guard of a lock`.
    pub fn new(what: &'static str) -> Self {
        // A thread at its end has no list any more, and starts no process.
        let _ = HOLDINGS.try_with(|holdings| holdings.borrow_mut().0.push(what));
        Self { what, bound: PhantomData }
    }
}

impl Drop for NoFork {
    fn drop(&mut self) {
        let remove = |from: &mut Vec<&'static str>| {
            let place = from.iter().rposition(|held| std::ptr::eq(*held, self.what));
            place.map(|place| from.remove(place))
        };
        let removed =
            HOLDINGS.try_with(|holdings| remove(&mut holdings.borrow_mut().0));
        if removed.is_err() {
            // The thread is at its end, and its list is among the forgotten.
            remove(&mut lock(&FORGOTTEN));
        }
    }
}

impl Drop for Holdings {
    fn drop(&mut self) {
        lock(&FORGOTTEN).append(&mut self.0);
    }
}

/// The latest of what this thread holds, or what a dead thread holds for ever.
fn latest() -> Option<&'static str> {
    let latest = HOLDINGS.with(|holdings| holdings.borrow().0.last().copied());
    latest.or_else(|| lock(&FORGOTTEN).last().copied())
}

/// A descriptor that a child gets only with the value that it is given.
///
/// In another child its number means a descriptor that can do nothing, so that the
/// number cannot come to mean another file.
#[derive(Debug)]
pub struct PrivateFd {
    fd: OwnedFd,
    /// The token of the process that may use it.
    owner: AtomicU64,
}

/// The numbers of all private descriptors of this process, of the dead ones too.
static PRIVATE: Mutex<BTreeSet<RawFd>> = Mutex::new(BTreeSet::new());

impl PrivateFd {
    /// Registers a descriptor.
    #[must_use]
    pub fn new(fd: OwnedFd) -> Self {
        lock(&PRIVATE).insert(fd.as_raw_fd());
        Self { fd, owner: AtomicU64::new(ProcessToken::current().to_u64()) }
    }

    /// The descriptor, unless this process is a child to which it was not handed over.
    pub fn get(&self) -> Option<BorrowedFd<'_>> {
        (self.owner.load(Relaxed) == ProcessToken::current().to_u64())
            .then(|| self.fd.as_fd())
    }
}

/// In a child to which it was not handed over, a descriptor that can do nothing.
impl AsFd for PrivateFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Drop for PrivateFd {
    fn drop(&mut self) {
        // Before its number can mean another file.
        lock(&PRIVATE).remove(&self.fd.as_raw_fd());
    }
}

/// A value that can be given to a child with the descriptors in it.
pub trait HandOver {
    /// Calls `give` with each private descriptor of the value.
    fn hand_over(&self, give: &mut dyn FnMut(&PrivateFd));
}

impl HandOver for PrivateFd {
    fn hand_over(&self, give: &mut dyn FnMut(&PrivateFd)) {
        give(self);
    }
}

/// Nothing is handed over.
impl HandOver for () {
    fn hand_over(&self, _: &mut dyn FnMut(&PrivateFd)) {}
}

/// The parent keeps its own copy.
impl<T: HandOver + ?Sized> HandOver for &T {
    fn hand_over(&self, give: &mut dyn FnMut(&PrivateFd)) {
        (**self).hand_over(give);
    }
}

/// The parent keeps its own copy.
impl<T: HandOver + ?Sized> HandOver for &mut T {
    fn hand_over(&self, give: &mut dyn FnMut(&PrivateFd)) {
        (**self).hand_over(give);
    }
}

impl<T: HandOver> HandOver for Vec<T> {
    fn hand_over(&self, give: &mut dyn FnMut(&PrivateFd)) {
        for one in self {
            one.hand_over(give);
        }
    }
}

impl<A: HandOver, B: HandOver> HandOver for (A, B) {
    fn hand_over(&self, give: &mut dyn FnMut(&PrivateFd)) {
        self.0.hand_over(give);
        self.1.hand_over(give);
    }
}

/// The permission to fork, once.
#[derive(Debug)]
#[must_use = "the child asks it what to close"]
pub struct Fork {
    parent: ProcessToken,
}

impl Fork {
    /// Asks whether this process may fork now, to start `name`, and writes what it has
    /// printed: the child would write that as well.
    ///
    /// # Errors
    /// [`Error::Threads`] if this process has more than one thread; [`Error::Held`] if
    /// this thread holds what a child must not have.
    pub fn prepare(name: &str) -> Result<Self, Error> {
        let what = || format!("count the threads before {name} is started");
        let threads = threads().map_err(Error::os(what))?;
        if threads > 1 {
            return Err(Error::Threads { name: name.to_owned(), threads });
        }
        if let Some(what) = latest() {
            return Err(Error::Held { name: name.to_owned(), what });
        }
        // A standard output that is gone is no reason not to start a process; the next
        // one to print notices it.
        let _ = io::stdout().flush();
        Ok(Self { parent: ProcessToken::current() })
    }

    /// Closes in the new child all private descriptors but those of `given`, and gives
    /// `fastrand` another seed, as Python does with `random`; called before anything
    /// else is done there.
    ///
    /// # Errors
    /// If the kernel has no descriptor that stands for a closed one.
    pub fn in_child(self, given: &(impl HandOver + ?Sized)) -> io::Result<()> {
        let (child, parent) = (ProcessToken::current().to_u64(), self.parent.to_u64());
        // A copy of the generator would draw the same numbers as the parent's.
        fastrand::seed(child);
        let mut kept = BTreeSet::new();
        given.hand_over(&mut |private| {
            // The parent cannot give what it was not given itself.
            let handed =
                private.owner.compare_exchange(parent, child, Relaxed, Relaxed);
            if handed.is_ok() {
                kept.insert(private.fd.as_raw_fd());
            }
        });
        // The parent's only thread did not hold this lock when it forked.
        let private = lock(&PRIVATE);
        let mut others = private.difference(&kept).peekable();
        if others.peek().is_none() {
            return Ok(());
        }
        let dead = open("/", OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?;
        others.try_for_each(|&number| replace(number, &dead))
    }
}

/// Closes a private descriptor and gives its number to one that can do nothing.
fn replace(number: RawFd, dead: &OwnedFd) -> io::Result<()> {
    // SAFETY: the number is that of a descriptor that a `PrivateFd` owns and that is
    // open. It is open afterwards as well, so the `PrivateFd` still owns it, and this
    // second owner is not dropped.
    let mut private = ManuallyDrop::new(unsafe { OwnedFd::from_raw_fd(number) });
    Ok(dup3(dead, &mut private, DupFlags::CLOEXEC)?)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic meanwhile leaves a list as good as it was.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
