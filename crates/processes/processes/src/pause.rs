//! Waiting for the signal that ends the process.

use nix::unistd;

/// Waits until a signal ends this process, as [`Process::kill`](crate::Process::kill)
/// and [`Process::terminate`](crate::Process::terminate) do. A signal that the process
/// handles or ignores does not end the wait (pause(2)).
///
/// ```
/// use processes::{Exit, SIGTERM, pause, scope};
///
/// let exit = scope(|family| {
///     let child = family.spawn("child", || pause())?;
///     child.terminate()?;
///     child.join()
/// })?;
/// assert_eq!(exit, Exit::Killed(SIGTERM));
/// # Ok::<(), processes::Error>(())
/// ```
pub fn pause() -> ! {
    loop {
        unistd::pause();
    }
}
