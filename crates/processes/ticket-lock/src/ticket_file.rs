//! The note's file with the number of tickets that are left: `{"count": 1}`.

use std::fs::{self, File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// A file with the number of tickets that are left.
///
/// It is only ever replaced as a whole: a new one is written beside it and takes its
/// name by rename(2). So a reader finds the old number or the new one, even if a writer
/// is killed, and needs no lock. Reading, deciding and writing do need one.
///
/// The new file has the name of the old one with `.new` behind it, and is locked while
/// it is written. A process that is killed meanwhile may leave it behind; the next
/// writer takes it over. A process that is stopped meanwhile keeps the other writers
/// waiting, but no reader.
///
/// ```
/// use ticket_lock::TicketFile;
///
/// let folder = tempfile::tempdir()?;
/// let tickets = TicketFile::create(folder.path().join("ticket"), 1)?;
/// assert_eq!(tickets.count()?, 1);
/// tickets.set_count(0)?;
/// assert_eq!(std::fs::read_to_string(tickets.path())?, r#"{"count":0}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct TicketFile {
    path: PathBuf,
}

/// The contents of the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tickets {
    count: u32,
}

/// Why the tickets could not be counted or set.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TicketError {
    /// There is no such file, or it cannot be read.
    #[error("cannot read the ticket file {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// It has no contents.
    #[error("the ticket file {path} is empty")]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// Its contents are not a number of tickets.
    #[error("the ticket file {path} does not say {{\"count\": NUMBER}}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The error, with its line and column.
        source: io::Error,
    },
    /// It cannot be replaced.
    #[error("cannot replace the ticket file {path}")]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

impl TicketFile {
    /// The file at a path, whether it is there or not.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Creates or replaces the file, with `count` tickets.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn create(path: impl Into<PathBuf>, count: u32) -> Result<Self, TicketError> {
        let file = Self::new(path);
        file.replace(count, Permissions::from_mode(0o644))?;
        Ok(file)
    }

    /// The path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The number of tickets that are left.
    ///
    /// # Errors
    /// If the file is missing, empty or malformed.
    pub fn count(&self) -> Result<u32, TicketError> {
        let path = || self.path.clone();
        let text = fs::read(&self.path)
            .map_err(|source| TicketError::Read { path: path(), source })?;
        if text.is_empty() {
            return Err(TicketError::Empty { path: path() });
        }
        let tickets: Tickets = serde_json::from_slice(&text).map_err(|wrong| {
            TicketError::Malformed { path: path(), source: wrong.into() }
        })?;
        Ok(tickets.count)
    }

    /// Sets the number of tickets that are left.
    ///
    /// # Errors
    /// If the file is missing, empty or malformed, which leaves it as it is; or if it
    /// cannot be replaced.
    pub fn set_count(&self, count: u32) -> Result<(), TicketError> {
        self.count()?;
        let metadata =
            fs::metadata(&self.path).map_err(|source| self.unwritten(source))?;
        self.replace(count, metadata.permissions())
    }

    fn replace(&self, count: u32, permissions: Permissions) -> Result<(), TicketError> {
        // In the same folder, so in the same file system: from another one it could not
        // be renamed.
        let mut beside = self.path.clone().into_os_string();
        beside.push(".new");
        let beside = Path::new(&beside);
        let replaced = lock_new(beside).and_then(|mut file| {
            let written = write(&mut file, count, permissions);
            let renamed = written.and_then(|()| fs::rename(beside, &self.path));
            renamed.inspect_err(|_| drop(fs::remove_file(beside)))
        });
        replaced.map_err(|source| self.unwritten(source))
    }

    fn unwritten(&self, source: io::Error) -> TicketError {
        TicketError::Write { path: self.path.clone(), source }
    }
}

/// Creates the file at the path, or takes over what a killed writer has left there, and
/// locks it. The lock keeps other writers waiting until the file is renamed or closed.
fn lock_new(path: &Path) -> io::Result<File> {
    loop {
        let file =
            File::options().write(true).create(true).truncate(false).open(path)?;
        file.lock()?;
        // If the holder before has renamed it meanwhile, it is the ticket file now.
        match fs::metadata(path) {
            Ok(there) if is_of(&there, &file)? => return Ok(file),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
}

fn is_of(there: &fs::Metadata, file: &File) -> io::Result<bool> {
    let open = file.metadata()?;
    Ok((there.dev(), there.ino()) == (open.dev(), open.ino()))
}

fn write(file: &mut File, count: u32, permissions: Permissions) -> io::Result<()> {
    file.set_len(0)?;
    file.set_permissions(permissions)?;
    serde_json::to_writer(&mut *file, &Tickets { count })?;
    file.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_right_is_an_error_that_names_it_and_stays_as_it_is() {
        let bad: [(&str, &str); 8] = [
            ("", " is empty"),
            ("{", " does not say {\"count\": NUMBER}"),
            ("{}", " does not say {\"count\": NUMBER}"),
            ("[1, 2]", " does not say {\"count\": NUMBER}"),
            (r#"{"count": -1}"#, " does not say {\"count\": NUMBER}"),
            (r#"{"count": "1"}"#, " does not say {\"count\": NUMBER}"),
            (r#"{"count": 1} and more"#, " does not say {\"count\": NUMBER}"),
            (r#"{"count": 1, "price": 5}"#, " does not say {\"count\": NUMBER}"),
        ];
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ticket");
        for (text, complaint) in bad {
            fs::write(&path, text).expect("written");
            let file = TicketFile::new(&path);
            for error in
                [file.count().expect_err(text), file.set_count(7).expect_err(text)]
            {
                assert_eq!(
                    error.to_string(),
                    format!("the ticket file {}{complaint}", path.display())
                );
            }
            assert_eq!(fs::read_to_string(&path).expect("still there"), text);
        }
    }

    #[test]
    fn a_missing_file_is_an_error_and_stays_missing() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = TicketFile::new(folder.path().join("ticket"));
        for error in [
            file.count().expect_err("missing"),
            file.set_count(1).expect_err("missing"),
        ] {
            assert_eq!(
                error.to_string(),
                format!("cannot read the ticket file {}", file.path().display())
            );
        }
        assert!(!file.path().exists());
        let nowhere = TicketFile::create(folder.path().join("no/ticket"), 1)
            .expect_err("no such folder");
        assert!(
            nowhere.to_string().starts_with("cannot replace the ticket file "),
            "{nowhere}"
        );
    }

    #[test]
    fn nothing_but_the_file_stays_and_its_permissions_are_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = TicketFile::create(folder.path().join("ticket"), 3).expect("a file");
        fs::set_permissions(file.path(), Permissions::from_mode(0o600))
            .expect("allowed");
        file.set_count(2).expect("written");
        assert_eq!(file.count().expect("read"), 2);
        assert_eq!(
            fs::metadata(file.path()).expect("there").permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }
}
