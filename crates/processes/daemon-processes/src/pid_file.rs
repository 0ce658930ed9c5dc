//! The file that says under which pid a service runs, and that it does.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::Error;

/// A pid file, locked.
///
/// The lock (flock(2)) says whether the service runs; the number in the file says only
/// who it is. A lock belongs to the open file, so it goes on to those who are forked
/// with it, and ends when the last of them ends, however it ends. The number of a
/// service that was killed stays behind, and may mean another process by now: nobody is
/// signalled on the word of such a file alone.
///
/// ```
/// use daemon_processes::{Error, PidFile};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("service.pid");
/// let mut file = PidFile::lock(&path)?;
/// file.write_pid()?;
/// let refused = PidFile::lock(&path);
/// let me = std::process::id();
/// assert!(matches!(refused, Err(Error::Running { pid, .. }) if pid == me));
/// file.remove()?;
/// assert!(!path.exists());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct PidFile {
    path: PathBuf,
    file: File,
}

impl PidFile {
    /// Makes the file, or takes over one that nobody has locked.
    ///
    /// # Errors
    /// [`Error::Running`] or [`Error::Starting`] if it is locked by another;
    /// [`Error::NotAPidFile`] if it holds something else; [`Error::File`] if it cannot
    /// be opened, read or locked.
    pub fn lock(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::File { path: path.to_owned(), source };
        loop {
            let mut file = File::options()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(path)
                .map_err(failed)?;
            let locked = match file.try_lock() {
                Ok(()) => true,
                Err(TryLockError::WouldBlock) => false,
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            };
            let pid = read_pid(&mut file, path)?;
            if !locked {
                let path = path.to_owned();
                return Err(pid
                    .map_or(Error::Starting { path: path.clone() }, |pid| {
                        Error::Running { path, pid }
                    }));
            }
            // The one before may have removed the file between the opening and the
            // locking; then this lock is that of a file without a name, which keeps
            // nobody from making a new one.
            if is_at(&file, path).map_err(failed)? {
                file.set_len(0).map_err(failed)?;
                return Ok(Self { path: path.to_owned(), file });
            }
        }
    }

    /// Writes the pid of this process, which has the lock or was forked from who took
    /// it.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write_pid(&mut self) -> Result<(), Error> {
        let written = self.file.set_len(0).and_then(|()| self.file.rewind());
        let written = written.and_then(|()| {
            self.file.write_all(format!("{}\n", std::process::id()).as_bytes())
        });
        written.map_err(|source| Error::File { path: self.path.clone(), source })
    }

    /// Removes the file, and lets go of the lock then.
    ///
    /// # Errors
    /// If the file cannot be removed.
    pub fn remove(self) -> Result<(), Error> {
        fs::remove_file(&self.path)
            .map_err(|source| Error::File { path: self.path, source })
    }
}

/// The pid in the file, if there is one yet.
fn read_pid(file: &mut File, path: &Path) -> Result<Option<u32>, Error> {
    /// More than the longest pid takes: nobody knows what file it is.
    const ENOUGH: u64 = 32;
    let mut text = Vec::new();
    file.take(ENOUGH)
        .read_to_end(&mut text)
        .map_err(|source| Error::File { path: path.to_owned(), source })?;
    let text = String::from_utf8_lossy(&text);
    match text.trim() {
        "" => Ok(None),
        text => text
            .parse()
            .map(Some)
            .map_err(|_| Error::NotAPidFile { path: path.to_owned() }),
    }
}

/// Whether the open file is the one that the path leads to.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let open = file.metadata()?;
    match fs::metadata(path) {
        Ok(there) => Ok((there.dev(), there.ino()) == (open.dev(), open.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock_a_file_with(text: &str) -> (Result<PidFile, Error>, String) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("service.pid");
        fs::write(&path, text).expect("written");
        let locked = PidFile::lock(&path);
        (locked, fs::read_to_string(&path).expect("still there"))
    }

    #[test]
    fn what_a_killed_service_has_left_is_taken_over() {
        for stale in ["", "1\n", "4194304", " 7 \n"] {
            let (locked, text) = lock_a_file_with(stale);
            assert!(locked.is_ok(), "{stale:?}: {locked:?}");
            assert_eq!(text, "", "nobody is to be told the old pid any more");
        }
    }

    #[test]
    fn another_file_is_an_error_that_names_it_and_stays_as_it_is() {
        for other in
            ["root:x:0:0:root\n", "-1", "1 2", "99999999999", "1.5", "\u{7f}ELF"]
        {
            let (refused, text) = lock_a_file_with(other);
            let said = refused.expect_err(other).to_string();
            assert!(said.ends_with("/service.pid is not a pid file"), "{said}");
            assert_eq!(text, other);
        }
    }

    #[test]
    fn a_path_that_leads_nowhere_is_an_error_that_names_it() {
        let said = PidFile::lock(Path::new("/nowhere/service.pid"))
            .expect_err("no such folder")
            .to_string();
        assert_eq!(said, "/nowhere/service.pid");
        let said = PidFile::lock(Path::new("/")).expect_err("a folder").to_string();
        assert_eq!(said, "/");
    }

    #[test]
    fn who_has_locked_it_and_not_yet_said_its_pid_is_just_starting() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("service.pid");
        let first = PidFile::lock(&path).expect("free");
        assert!(matches!(PidFile::lock(&path), Err(Error::Starting { .. })));
        drop(first);
        assert!(PidFile::lock(&path).is_ok(), "the lock ends with the open file");
    }

    #[test]
    fn a_file_that_was_removed_meanwhile_is_made_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("service.pid");
        let old = File::create(&path).expect("made");
        fs::remove_file(&path).expect("removed");
        assert!(!is_at(&old, &path).expect("looked at"));
        let new = File::create(&path).expect("made again");
        assert!(
            !is_at(&old, &path).expect("looked at")
                && is_at(&new, &path).expect("looked at")
        );
    }
}
