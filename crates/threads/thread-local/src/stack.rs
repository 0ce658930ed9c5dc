//! Whether code runs on its thread's own stack or on another one, as a coroutine does.

use std::hint::black_box;
use std::mem::MaybeUninit;
use std::ops::Range;
use std::ptr;

use nix::unistd::{getpid, gettid};

std::thread_local! {
    /// Where the stack of this thread is; empty if that is not known.
    static STACK: Range<usize> = if gettid() == getpid() {
        // It grows, and to find it takes a reading of /proc/self/maps.
        0..0
    } else {
        stack_of_this_thread().unwrap_or(0..0)
    };
}

/// Whether the caller runs on another stack than its thread's own. On a thread whose
/// stack is not known, such as the first one, it is taken to be another.
#[inline]
pub(crate) fn is_not_the_threads() -> bool {
    let here = 0_u8;
    let here = ptr::from_ref(black_box(&here)).addr();
    STACK.with(|stack| !stack.contains(&here))
}

/// `pthread_getattr_np(3)` and `pthread_attr_getstack(3)`; `None` if they fail.
fn stack_of_this_thread() -> Option<Range<usize>> {
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    let (mut lowest, mut size) = (ptr::null_mut(), 0);
    // SAFETY: the first call writes the attributes of the calling thread, or fails.
    // Only if it has succeeded are they read, and then destroyed; the pointers are
    // those of local variables.
    let failed = unsafe {
        if libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) != 0
        {
            return None;
        }
        let failed = libc::pthread_attr_getstack(
            attributes.as_ptr(),
            &raw mut lowest,
            &raw mut size,
        );
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        failed != 0
    };
    (!failed).then(|| lowest.addr()..lowest.addr() + size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_runs_on_its_own_stack() {
        let thread = std::thread::spawn(is_not_the_threads);
        assert!(!thread.join().expect("an answer"));
    }

    #[test]
    fn a_coroutine_does_not() {
        let coroutine = may::go!(is_not_the_threads);
        assert!(coroutine.join().expect("an answer"));
    }
}
