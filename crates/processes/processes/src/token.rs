//! The identity of a process, which neither a fork nor the reuse of a pid can copy.

use std::num::{NonZeroU64, NonZeroUsize};
use std::ptr::NonNull;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use nix::sys::mman::{MapFlags, MmapAdvise, ProtFlags, madvise, mmap_anonymous};
use rustix::rand::{GetRandomFlags, getrandom};

use crate::Error;

/// The identity of a process.
///
/// A pid does not identify a process: once a process has been reaped, the kernel may
/// give its pid to another one, even to a descendant that has inherited its memory. A
/// token is a random number of 64 bits that a process draws when it first asks for its
/// token, and again after every fork. Two processes have the same token with a
/// probability of 2⁻⁶⁴.
///
/// A shared counter would exclude even that, but only among processes forked after the
/// counter was made; processes that meet by other ways, or whose parent never asked for
/// its token, would count from 1 each.
///
/// ```
/// use processes::ProcessToken;
///
/// let parent = ProcessToken::current();
/// processes::scope(|family| {
///     let other = || assert_ne!(ProcessToken::current(), parent);
///     assert!(family.spawn("child", other)?.join()?.is_ok());
///     Ok::<(), processes::Error>(())
/// })?;
/// assert_eq!(ProcessToken::current(), parent);
/// # Ok::<(), processes::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ProcessToken(NonZeroU64);

impl ProcessToken {
    /// The token of this process; from the second call on two loads from memory.
    ///
    /// # Panics
    /// If the kernel has no memory for the token (madvise(2), `MADV_WIPEONFORK`) or no
    /// random number for it (getrandom(2)).
    #[must_use]
    pub fn current() -> Self {
        static CACHE: OnceLock<&'static AtomicU64> = OnceLock::new();
        let cache = CACHE.get_or_init(|| match wiped_on_fork() {
            Ok(word) => word,
            Err(error) => panic!("no memory for the token of this process: {error}"),
        });
        let token = NonZeroU64::new(cache.load(Relaxed)).unwrap_or_else(|| draw(cache));
        Self(token)
    }

    /// The token as a number that is never zero, for an atomic in shared memory.
    #[must_use]
    pub fn to_u64(self) -> u64 {
        self.0.get()
    }

    /// The token of which [`to_u64`](Self::to_u64) gave the number; `None` for zero.
    #[must_use]
    pub fn from_u64(number: u64) -> Option<Self> {
        NonZeroU64::new(number).map(Self)
    }
}

/// The process that alone may use what it has made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owner {
    token: ProcessToken,
    /// For the error.
    pid: u32,
}

impl Owner {
    pub(crate) fn current() -> Self {
        Self { token: ProcessToken::current(), pid: std::process::id() }
    }

    /// An error that names what was used, unless this process is the owner.
    pub(crate) fn check(self, name: &str) -> Result<(), Error> {
        if self.token == ProcessToken::current() {
            Ok(())
        } else {
            Err(Error::NotYours { name: name.to_owned(), owner: self.pid })
        }
    }
}

/// A new token; that of another thread, if it was faster.
#[cold]
fn draw(cache: &AtomicU64) -> NonZeroU64 {
    loop {
        let mut number = [0; 8];
        // At most 256 bytes come whole and without an interruption, getrandom(2).
        if let Err(error) = getrandom(&mut number, GetRandomFlags::empty()) {
            panic!("no random number for the token of this process: {error}");
        }
        let Some(drawn) = NonZeroU64::new(u64::from_ne_bytes(number)) else { continue };
        let first = cache.compare_exchange(0, drawn.get(), Relaxed, Relaxed);
        return first.err().and_then(NonZeroU64::new).unwrap_or(drawn);
    }
}

/// A zero that the kernel sets to zero again in every child, however it is forked.
fn wiped_on_fork() -> nix::Result<&'static AtomicU64> {
    let size = NonZeroUsize::new(size_of::<AtomicU64>()).ok_or(nix::Error::EINVAL)?;
    let protection = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
    // SAFETY: a new mapping at a place of the kernel's choice touches no other memory.
    let page =
        unsafe { mmap_anonymous(None, size, protection, MapFlags::MAP_PRIVATE) }?;
    // SAFETY: the mapping was just made. The kernel wipes it only in a new child,
    // before the child's only thread runs.
    unsafe { madvise(page, size.get(), MmapAdvise::MADV_WIPEONFORK) }?;
    let word: NonNull<AtomicU64> = page.cast();
    // SAFETY: the word lies at the beginning of a page of zeros, which is an
    // `AtomicU64`, and is never unmapped.
    Ok(unsafe { word.as_ref() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_threads_have_one_token() {
        let tokens = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..8).map(|_| scope.spawn(ProcessToken::current)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().expect("its token"))
                .collect::<std::collections::HashSet<_>>()
        });
        assert_eq!(tokens.len(), 1);
    }

    #[test]
    fn a_token_survives_as_a_number() {
        let token = ProcessToken::current();
        assert_eq!(ProcessToken::from_u64(token.to_u64()), Some(token));
        assert_eq!(ProcessToken::from_u64(0), None);
    }
}
