//! How much memory this process has.

use std::fs;
use std::io::{Error, ErrorKind, Result};

/// The bytes of this process that lie in memory (`VmRSS` of `/proc/self/status`).
///
/// The kernel's own memory for the process, as for the stacks of its threads within the
/// kernel, is not counted.
///
/// # Errors
/// If /proc is not mounted.
///
/// ```
/// let before = coroutines::kit::memory::resident()?;
/// let touched = std::hint::black_box(vec![1_u8; 1 << 20]);
/// assert!(coroutines::kit::memory::resident()? > before, "{}", touched.len());
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn resident() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"))
        .and_then(|kibibytes| kibibytes.trim().parse::<u64>().ok())
        .map(|kibibytes| kibibytes * 1024)
        .ok_or_else(|| {
            Error::new(ErrorKind::InvalidData, "no VmRSS in /proc/self/status")
        })
}
