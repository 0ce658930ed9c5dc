//! The file that says under which pid a service runs, and that it does.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use libc::{F_RDLCK, F_UNLCK, F_WRLCK, SEEK_SET, c_int, flock};
use nix::fcntl::{FcntlArg, fcntl};

use crate::Error;

/// A pid file, locked.
///
/// The lock says whether the service runs, and the number in the file says only which
/// process it is. A killed service leaves its number behind, which may mean another
/// process by now. So the lock has two kinds: it is exclusive until the pid has been
/// written under it, and shared from then on. Only a number under a shared lock is the
/// pid of the service.
///
/// The lock is one of the open file (`F_OFD_SETLK`, fcntl(2)): a process forked later
/// has it too, and it ends with the last of these processes, however that ends.
///
/// ```
/// use daemon_processes::{Error, PidFile};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("service.pid");
/// let mut file = PidFile::lock(&path)?;
/// assert!(matches!(PidFile::lock(&path), Err(Error::Starting { .. })));
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
    /// Creates and locks the file, or takes over one that is not locked.
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
            if let Some(holder) = try_lock(&file).map_err(failed)? {
                // Read after the look at the lock: if the pid was written by then, it
                // is in the file.
                let pid = read_pid(&mut file, path)?;
                let path = path.to_owned();
                return match (holder, pid) {
                    (Holder::Gone, _) => continue,
                    (Holder::Running, Some(pid)) => Err(Error::Running { path, pid }),
                    _ => Err(Error::Starting { path }),
                };
            }
            // Only a pid file is taken over, whatever its pid.
            let _stale = read_pid(&mut file, path)?;
            // The service before may have removed the file between the opening and the
            // locking; then the locked file has no name, and the next start would make
            // a new one.
            if is_at(&file, path).map_err(failed)? {
                file.set_len(0).map_err(failed)?;
                return Ok(Self { path: path.to_owned(), file });
            }
        }
    }

    /// Writes the pid of this process, which has locked the file or is a descendant of
    /// the process that has.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write_pid(&mut self) -> Result<(), Error> {
        let pid = format!("{}\n", std::process::id());
        let written = self
            .file
            .set_len(0)
            .and_then(|()| self.file.rewind())
            .and_then(|()| self.file.write_all(pid.as_bytes()))
            // In one step: no other process can lock the file in between.
            .and_then(|()| {
                Ok(fcntl(&self.file, FcntlArg::F_OFD_SETLK(&whole(F_RDLCK)))?)
            });
        written
            .map(drop)
            .map_err(|source| Error::File { path: self.path.clone(), source })
    }

    /// Removes the file and unlocks it then.
    ///
    /// If the file at the path is another one, because this one was removed or replaced
    /// by hand, it stays. (The kernel has no call that does both, so a file that is
    /// replaced between the look and the removal is removed.)
    ///
    /// # Errors
    /// If the file cannot be removed.
    pub fn remove(self) -> Result<(), Error> {
        let removed = is_at(&self.file, &self.path)
            .and_then(|it| if it { fs::remove_file(&self.path) } else { Ok(()) });
        removed.map_err(|source| Error::File { path: self.path, source })
    }
}

/// Another open file that has the lock.
enum Holder {
    /// Its pid is not in the file yet.
    Starting,
    /// Its pid is in the file.
    Running,
    /// It has released the lock meanwhile.
    Gone,
}

/// Locks the file, or tells in which state its holder is.
fn try_lock(file: &File) -> io::Result<Option<Holder>> {
    match fcntl(file, FcntlArg::F_OFD_SETLK(&whole(F_WRLCK))) {
        Ok(_) => return Ok(None),
        Err(nix::Error::EAGAIN | nix::Error::EACCES) => {}
        Err(error) => return Err(error.into()),
    }
    let mut held = whole(F_WRLCK);
    fcntl(file, FcntlArg::F_OFD_GETLK(&mut held))?;
    Ok(Some(match c_int::from(held.l_type) {
        F_RDLCK => Holder::Running,
        F_UNLCK => Holder::Gone,
        _ => Holder::Starting,
    }))
}

/// A lock of one kind on a whole file.
fn whole(kind: c_int) -> flock {
    let (l_type, l_whence) = (kind as i16, SEEK_SET as i16);
    flock { l_type, l_whence, l_start: 0, l_len: 0, l_pid: 0 }
}

/// The pid in the file, if there is one yet.
fn read_pid(file: &mut File, path: &Path) -> Result<Option<u32>, Error> {
    /// More than the longest pid takes.
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
            assert_eq!(text, "", "the old pid is erased");
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
    fn a_locked_file_without_a_pid_means_that_the_service_is_starting() {
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
