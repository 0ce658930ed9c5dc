//! The signal dispositions and the signal mask that a program inherits.
//!
//! Across execve(2) a program keeps which signals are ignored and which are blocked.
//! `nohup` ignores SIGHUP; a shell without job control ignores SIGINT and SIGQUIT in a
//! background job; a careless parent ignores SIGCHLD, after which no child can be
//! waited for. A scene resets all of this ([`reset`]), so that it shows the same
//! whatever started it. A server keeps ignoring SIGHUP and SIGINT where it was asked to
//! ([`keep_ignored`]). SIGPIPE stays ignored, as Rust sets it.

use std::io;

use nix::sys::signal::{
    SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, sigaction,
};

/// Restores the default dispositions of SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1 and
/// SIGCHLD, and unblocks all signals in the calling thread.
///
/// A handler that was installed before is lost. Threads that are started later inherit
/// the empty mask.
///
/// # Errors
/// None that the kernel documents for these signals (sigaction(2)).
pub fn reset() -> io::Result<()> {
    use Signal::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1};
    for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1] {
        dispose(signal, SigHandler::SigDfl)?;
    }
    restore()
}

/// Restores the default disposition of SIGCHLD, without which the kernel discards the
/// exit of every child, and unblocks all signals in the calling thread.
///
/// # Errors
/// As [`reset`].
pub fn restore() -> io::Result<()> {
    dispose(Signal::SIGCHLD, SigHandler::SigDfl)?;
    Ok(SigSet::empty().thread_set_mask()?)
}

/// Calls `install`, which may set handlers, and ignores SIGHUP and SIGINT again if they
/// were ignored before.
///
/// Both signals are blocked in the calling thread while `install` runs, and stay
/// blocked in the threads that it starts; an ignored signal that arrives meanwhile is
/// discarded.
///
/// # Errors
/// If /proc/self/status cannot be read; otherwise as [`reset`].
///
/// ```
/// let installed = shared::signals::keep_ignored(|| "the handlers")?;
/// assert_eq!(installed, "the handlers");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn keep_ignored<T>(install: impl FnOnce() -> T) -> io::Result<T> {
    let kept = [Signal::SIGHUP, Signal::SIGINT];
    let before = SigSet::from_iter(kept).thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    let ignored = ignored()?;
    let installed = install();
    for signal in kept.into_iter().filter(|&signal| ignored.contains(signal)) {
        dispose(signal, SigHandler::SigIgn)?;
    }
    before.thread_set_mask()?;
    Ok(installed)
}

/// The signals that the process ignores.
///
/// # Errors
/// If /proc/self/status cannot be read.
pub fn ignored() -> io::Result<SigSet> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .ok_or_else(|| io::Error::other("/proc/self/status has no SigIgn"))?;
    let is_set = |signal: &Signal| mask >> (*signal as u32 - 1) & 1 == 1;
    Ok(Signal::iterator().filter(is_set).collect())
}

#[expect(unsafe_code, reason = "nix cannot tell a handler's code from none")]
fn dispose(signal: Signal, disposition: SigHandler) -> io::Result<()> {
    debug_assert!(matches!(disposition, SigHandler::SigDfl | SigHandler::SigIgn));
    let action = SigAction::new(disposition, SaFlags::empty(), SigSet::empty());
    // SAFETY: neither the default disposition nor "ignored" runs code of this process.
    unsafe { sigaction(signal, &action) }?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    // The signal that no other test of this binary touches.
    #[test]
    fn an_ignored_signal_is_told_from_another() {
        assert!(!ignored().expect("/proc").contains(Signal::SIGURG));
        dispose(Signal::SIGURG, SigHandler::SigIgn).expect("a disposition");
        assert!(ignored().expect("/proc").contains(Signal::SIGURG));
        assert!(!ignored().expect("/proc").contains(Signal::SIGWINCH));
    }

    #[test]
    fn what_was_ignored_is_ignored_again_and_nothing_else() {
        reset().expect("signals");
        dispose(Signal::SIGHUP, SigHandler::SigIgn).expect("a disposition");
        let during = keep_ignored(|| {
            dispose(Signal::SIGHUP, SigHandler::SigDfl).expect("a disposition");
            SigSet::thread_get_mask().expect("a mask")
        })
        .expect("signals");
        assert!(during.contains(Signal::SIGHUP) && during.contains(Signal::SIGINT));
        let after = ignored().expect("/proc");
        assert!(after.contains(Signal::SIGHUP) && !after.contains(Signal::SIGINT));
        let mask = SigSet::thread_get_mask().expect("a mask");
        assert!(!mask.contains(Signal::SIGHUP) && !mask.contains(Signal::SIGINT));

        reset().expect("signals");
        assert!(!ignored().expect("/proc").contains(Signal::SIGHUP));
    }
}
