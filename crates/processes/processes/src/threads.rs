//! How many threads a process has: only one with a single thread can fork safely.

use std::time::{Duration, Instant};

/// How many threads this process has, as the kernel sees it. Only a process with one
/// can fork safely.
///
/// # Errors
/// If /proc cannot be read.
///
/// ```
/// let more = std::thread::spawn(processes::threads).join().unwrap()?;
/// assert!(more >= 2);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn threads() -> std::io::Result<usize> {
    // A thread that has been joined takes a moment to leave /proc; one that lives on is
    // still there after it.
    let deadline = Instant::now() + Duration::from_millis(100);
    loop {
        let threads = std::fs::read_dir("/proc/self/task")?.count();
        if threads <= 1 || Instant::now() > deadline {
            return Ok(threads);
        }
        std::thread::yield_now();
    }
}
