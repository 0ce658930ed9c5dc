//! N3.8: `read` copies a file's bytes into the process; `sendfile` and `splice` do not.

use std::fs::File;
use std::io::pipe;
use std::os::unix::net::UnixStream;

use io_models::kit::sent_to_a_receiver;
use io_models::{Kernel, Spent};
use shared::{Result, claim, say};

const SIZE: usize = 1 << 20;

pub fn play() -> Result {
    let read = told("read and write", |kernel, file, to| {
        let mut buffer = vec![0; 64 << 10];
        loop {
            match kernel.read(&file, &mut buffer)? {
                0 => return Ok(()),
                count => {
                    let mut rest = &buffer[..count];
                    while !rest.is_empty() {
                        rest = &rest[kernel.write(to, rest)?..];
                    }
                }
            }
        }
    })?;
    let sendfile = told("sendfile", |kernel, file, to| {
        while kernel.sendfile(to, &file, SIZE)? > 0 {}
        Ok(())
    })?;
    // splice needs a pipe at one end: from the file into it, and out of it.
    let splice = told("splice", |kernel, file, to| {
        let (reader, writer) = pipe()?;
        loop {
            let mut held = kernel.splice(&file, &writer, SIZE)?;
            if held == 0 {
                return Ok(());
            }
            while held > 0 {
                held -= kernel.splice(&reader, to, held)?;
            }
        }
    })?;
    claim!(
        read.copied == 2 * SIZE as u64,
        "read and write copy each byte twice, into the process and out of it"
    );
    claim!(
        sendfile.copied + splice.copied == 0,
        "sendfile and splice copy no byte into the process or out of it"
    );
    claim!(
        2 * sendfile.calls.total() < read.calls.total(),
        "sendfile takes less than half of the system calls of read and write"
    );
    Ok(())
}

/// Sends a file by `send`, and tells what that took.
fn told(
    name: &str,
    send: impl FnOnce(&Kernel, File, &UnixStream) -> Result,
) -> Result<Spent> {
    let (received, spent) = sent_to_a_receiver(SIZE, send)?;
    let calls = spent.calls.total();
    say!("{name}: {calls} system calls, {} bytes copied", spent.copied);
    claim!(received, "all bytes of the file arrive by {name}");
    Ok(spent)
}
