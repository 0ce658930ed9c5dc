//! A file in the page cache, and a receiver of all its bytes.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::FileExt as _;
use std::os::unix::net::UnixStream;
use std::thread;

use rustix::fs::{MemfdFlags, memfd_create};
use shared::{Result, trace};

use crate::{Kernel, Meter, Spent};

/// A file that holds these bytes, in the page cache and without a name.
///
/// # Errors
/// The kernel's.
pub fn file_of(bytes: &[u8]) -> io::Result<File> {
    let file = File::from(memfd_create("file", MemfdFlags::CLOEXEC)?);
    file.write_all_at(bytes, 0)?;
    Ok(file)
}

/// Sends a file of `size` bytes by `send` to another thread, and gives whether all of
/// them have arrived, and what this thread has spent.
///
/// # Errors
/// Those of `send`, and of the kernel.
pub fn sent_to_a_receiver(
    size: usize,
    send: impl FnOnce(&Kernel, File, &UnixStream) -> Result,
) -> Result<(bool, Spent)> {
    let bytes: Vec<u8> = (0..=u8::MAX).cycle().take(size).collect();
    let (to, mut from) = UnixStream::pair()?;
    thread::scope(|scope| {
        let receiver = thread::Builder::new().name("receiver".to_owned());
        let receiver = receiver.spawn_scoped(scope, || {
            let _receives = trace::span("receives");
            let mut all = Vec::new();
            from.read_to_end(&mut all).map(|_| all)
        })?;
        let kernel = Kernel::new();
        let file = file_of(&bytes)?;
        let (meter, sends) = (Meter::begin(&kernel)?, trace::span("sends"));
        let result = send(&kernel, file, &to);
        drop(sends);
        let spent = meter.end();
        // The end of the stream: the receiver waits for it.
        drop(to);
        let arrived =
            receiver.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        result?;
        Ok((arrived == bytes, spent?))
    })
}
