//! The id of this process, remembered: to ask the kernel each time took more than half
//! of what a task costs.

use std::process;
use std::ptr::NonNull;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use nix::sys::mman::{MapFlags, MmapAdvise, ProtFlags, madvise, mmap_anonymous};

/// As [`std::process::id`], and mostly without a system call.
///
/// A child that took itself for its parent would touch tasks that are not its own. So
/// what is remembered lies in a page that the kernel clears in a child, however it is
/// forked (madvise(2), `MADV_WIPEONFORK`).
pub(crate) fn process_id() -> u32 {
    static REMEMBERED: OnceLock<Option<&'static AtomicU32>> = OnceLock::new();
    let Some(remembered) = REMEMBERED.get_or_init(wiped_on_fork) else {
        return process::id();
    };
    match remembered.load(Ordering::Relaxed) {
        0 => {
            let id = process::id();
            remembered.store(id, Ordering::Relaxed);
            id
        }
        id => id,
    }
}

/// A zero that is one again in every child; `None` where the kernel has no such memory.
fn wiped_on_fork() -> Option<&'static AtomicU32> {
    let size = std::num::NonZeroUsize::new(size_of::<AtomicU32>())?;
    let protection = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
    // SAFETY: a new mapping at a place of the kernel's choice touches no other memory.
    let page = unsafe { mmap_anonymous(None, size, protection, MapFlags::MAP_PRIVATE) }
        .ok()?;
    // SAFETY: it is the mapping just made. It is wiped only where no thread has used it
    // yet, in a new child.
    unsafe { madvise(page, size.get(), MmapAdvise::MADV_WIPEONFORK) }.ok()?;
    let word: NonNull<AtomicU32> = page.cast();
    // SAFETY: it lies at the beginning of a page of zeros, which is an `AtomicU32`, and
    // is never unmapped.
    Some(unsafe { word.as_ref() })
}
