//! Memory that a process shares with the processes that it forks.

use std::ffi::c_void;
use std::io;
use std::num::NonZeroUsize;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};

use crossbeam::utils::CachePadded;
use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous, munmap};

/// A head of type `T` and behind it a number of bytes, in memory that stays the same
/// memory after a fork.
///
/// It has no name in any file system, so nothing is left behind when the last process
/// with it ends, however it ends. A page costs memory from its first use on (mmap(2),
/// `MAP_NORESERVE`). Each process unmaps its own view when it drops it; the head itself
/// is never dropped, because other processes may still use it.
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
/// let counter = processes::SharedMemory::new(AtomicU32::new(7), 0)?;
/// // Processes forked from here on count up the same counter.
/// counter.fetch_add(1, Relaxed);
/// assert_eq!(counter.load(Relaxed), 8);
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct SharedMemory<T: Shareable> {
    head: NonNull<T>,
    /// How many bytes stand behind the head.
    bytes: usize,
}

/// A type whose values may lie in the memory of several processes at once.
///
/// # Safety
/// The type must be [`Send`] and [`Sync`] even when the other threads are those of
/// other processes: it holds no pointer or descriptor, which means something else in
/// another process, and its waiting and waking (if any) reaches across processes. It
/// needs no drop, and it may be moved until it is first used.
///
/// A process may be killed while it writes, so every mix of old and new bytes must be a
/// valid value: a number always is, a `char` or an enum need not be.
///
/// A lock in shared memory hands its value to one process after another, so a type that
/// is bound to its thread is refused (E0277):
///
/// ```compile_fail,E0277
/// struct Bound(*const u8);
/// unsafe impl Sync for Bound {}
/// unsafe impl processes::Shareable for Bound {} // `Bound` is not `Send`.
/// ```
pub unsafe trait Shareable: Send + Sync {}

// SAFETY: atomics hold only their number, and the processor knows nothing of processes.
unsafe impl Shareable for AtomicBool {}
// SAFETY: as above.
unsafe impl Shareable for AtomicU32 {}
// SAFETY: as above.
unsafe impl Shareable for AtomicU64 {}
// SAFETY: nothing holds nothing.
unsafe impl Shareable for () {}
// SAFETY: what goes for one goes for many.
unsafe impl<T: Shareable, const N: usize> Shareable for [T; N] {}
// SAFETY: as above.
unsafe impl<A: Shareable, B: Shareable> Shareable for (A, B) {}
// SAFETY: padding adds nothing.
unsafe impl<T: Shareable> Shareable for CachePadded<T> {}

macro_rules! numbers {
    ($($number:ty)*) => { $(
        // SAFETY: it holds only its number, and all bits are one.
        unsafe impl Shareable for $number {}
    )* };
}
numbers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64);

impl<T: Shareable> SharedMemory<T> {
    /// Where the bytes begin, seen from the head.
    const BYTES_AT: usize =
        size_of::<T>().next_multiple_of(align_of::<CachePadded<u8>>());

    /// Maps memory for `head` and so many bytes, which are zero.
    ///
    /// # Errors
    /// If the kernel gives no such memory (mmap(2)).
    pub fn new(head: T, bytes: usize) -> io::Result<Self> {
        const { assert!(align_of::<T>() <= 4096, "a mapping begins at a page") };
        let size = Self::size(bytes).ok_or(io::ErrorKind::OutOfMemory)?;
        let protection = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        let flags = MapFlags::MAP_SHARED | MapFlags::MAP_NORESERVE;
        // SAFETY: a new mapping at a place of the kernel's choice touches no other
        // memory.
        let mapping = unsafe { mmap_anonymous(None, size, protection, flags) }?;
        let place = mapping.cast::<T>();
        // SAFETY: the mapping is as large as a `T`, begins at a page and is not yet
        // shared.
        unsafe { place.write(head) };
        Ok(Self { head: place, bytes })
    }

    /// The bytes behind the head. The caller must exclude all other processes and
    /// threads while it reads or writes there.
    #[must_use]
    pub fn bytes(&self) -> NonNull<[u8]> {
        // SAFETY: `BYTES_AT` lies within the mapping, or at its end if there are no
        // bytes.
        let begin = unsafe { self.head.cast::<u8>().add(Self::BYTES_AT) };
        NonNull::slice_from_raw_parts(begin, self.bytes)
    }

    /// The size of the mapping.
    fn size(bytes: usize) -> Option<NonZeroUsize> {
        // mmap refuses an empty mapping.
        NonZeroUsize::new(Self::BYTES_AT.checked_add(bytes)?.max(1))
    }
}

impl<T: Shareable> Deref for SharedMemory<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: `new` has put a `T` there, which lives as long as the mapping; only
        // shared references to it exist.
        unsafe { self.head.as_ref() }
    }
}

impl<T: Shareable> Drop for SharedMemory<T> {
    fn drop(&mut self) {
        let Some(size) = Self::size(self.bytes) else { return };
        // SAFETY: it was mapped by `new` with this size, and nothing borrows from it
        // any more. munmap fails only for a bad argument.
        let _ = unsafe { munmap(self.head.cast::<c_void>(), size.get()) };
    }
}

// SAFETY: the mapping belongs to the whole process, and what it holds may be used by
// many at once (`Shareable`).
unsafe impl<T: Shareable> Send for SharedMemory<T> {}
// SAFETY: as above; the bytes are handed out as a pointer only.
unsafe impl<T: Shareable> Sync for SharedMemory<T> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_stand_behind_the_head_and_are_zero() {
        let memory = SharedMemory::new(AtomicU32::new(u32::MAX), 5000).expect("memory");
        let bytes = memory.bytes();
        assert_eq!(bytes.len(), 5000);
        // SAFETY: no other thread or process has the memory.
        assert!(unsafe { bytes.as_ref() }.iter().all(|&byte| byte == 0));
    }

    #[test]
    fn too_much_is_an_error() {
        for bytes in [usize::MAX, usize::MAX / 2] {
            let error =
                SharedMemory::new(AtomicBool::new(false), bytes).expect_err("too much");
            assert_eq!(error.kind(), io::ErrorKind::OutOfMemory);
        }
    }
}
