//! N3.8: what was read is a copy; what was spliced is the page cache's own page.

use std::io::{Read as _, pipe};
use std::os::unix::fs::FileExt as _;

use io_models::Kernel;
use io_models::kit::file_of;
use shared::{Result, claim, say};

pub fn play() -> Result {
    let kernel = Kernel::new();
    let (mut reader, writer) = pipe()?;
    let mut buffer = [0; 3];

    // Into a pipe, through the process; then the file is changed.
    let file = file_of(b"old")?;
    kernel.read(&file, &mut buffer)?;
    kernel.write(&writer, &buffer)?;
    file.write_all_at(b"new", 0)?;
    reader.read_exact(&mut buffer)?;
    say!("through read and write: {}", String::from_utf8_lossy(&buffer));
    claim!(
        &buffer == b"old",
        "bytes that were read and written stay as they were when the file changes"
    );

    // Into the pipe by the kernel: it holds a reference to the page.
    let file = file_of(b"old")?;
    kernel.splice(&file, &writer, 3)?;
    file.write_all_at(b"new", 0)?;
    reader.read_exact(&mut buffer)?;
    say!("through splice: {}", String::from_utf8_lossy(&buffer));
    claim!(
        &buffer == b"new",
        "bytes that were spliced change in the pipe when the file changes"
    );
    Ok(())
}
