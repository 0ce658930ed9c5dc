//! The folder of a broker, which does not outlive it for long.

use std::fs::{self, File};
use std::path::Path;

use shared::Result;
use tempfile::TempDir;

const PREFIX: &str = "brokers-";
const LOCK: &str = "lock";

/// A temporary folder, locked by the process that removes it in the end.
///
/// A process that is killed removes nothing. But the lock is gone with it, and the next
/// process that makes such a folder removes those that are not locked.
#[derive(Debug)]
pub struct Folder {
    folder: TempDir,
    _lock: File,
}

impl Folder {
    /// # Errors
    /// If no folder can be made.
    pub fn new() -> Result<Self> {
        sweep();
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir()?;
        // Locked before it has its name: until then no sweep looks at the folder.
        let lock = tempfile::NamedTempFile::new_in(folder.path())?;
        lock.as_file().lock()?;
        let lock = lock.persist(folder.path().join(LOCK))?;
        Ok(Self { folder, _lock: lock })
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Removes the folders of processes that were killed. Those of other users, or of a
/// process that is just removing its own, are none of its business.
fn sweep() {
    let entries = fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten();
    for entry in entries {
        if !entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes()) {
            continue;
        }
        let path = entry.path();
        let free =
            File::open(path.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok());
        if free {
            let _ = fs::remove_dir_all(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_goes_when_its_lock_has_gone() {
        let kept = Folder::new().unwrap();
        let left = {
            let killed = Folder::new().unwrap();
            // The lock is dropped with the rest.
            killed.folder.keep()
        };
        let other = Folder::new().unwrap();
        assert!(!left.exists() && kept.path().exists() && other.path().exists());
    }
}
