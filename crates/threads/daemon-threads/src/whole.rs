//! A file that is written whole or not at all.

use std::fs::File;
use std::io;
use std::path::Path;

use tempfile::NamedTempFile;

/// Lets `write` write a new version of the file, and puts it in the place of the old
/// one when it is done.
///
/// The new version is written into a temporary file beside it, which is renamed at the
/// end. A rename is one step, so each open of the file finds the old version or the
/// new one, whole, even if the process is killed meanwhile. What is left then is the
/// temporary file.
///
/// That holds for the end of a process. To survive the end of the machine `write` has
/// to call [`File::sync_all`] as well.
///
/// # Errors
/// If the temporary file cannot be created, written or renamed; the old version is
/// left as it was then, and the temporary file is removed.
///
/// ```
/// use std::fs::read_to_string;
/// use std::io::Write as _;
/// use daemon_threads::write_whole;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("diary");
/// write_whole(&path, |file| file.write_all(b"old"))?;
/// let failed = write_whole(&path, |file| {
///     file.write_all(b"new, but")?;
///     Err(std::io::Error::other("the disk is full"))
/// });
/// assert!(failed.is_err());
/// assert_eq!(read_to_string(&path)?, "old");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write_whole(
    path: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    let mut new = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    write(new.as_file_mut())?;
    new.persist(path)?;
    Ok(())
}
