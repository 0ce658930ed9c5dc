//! Files that are never half-written.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result};

/// Writes beside the file and renames. Its folder is made if need be.
pub fn save(path: &Path, text: &str) -> Result<()> {
    let saved = || {
        let folder = path.parent().context("it is in no folder")?;
        fs::create_dir_all(folder)?;
        let mut file = tempfile::Builder::new().prefix(".save-").tempfile_in(folder)?;
        file.write_all(text.as_bytes())?;
        // Temporary files are readable for their owner only; this one is for all users.
        file.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
        file.persist(path)?;
        anyhow::Ok(())
    };
    saved().with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_takes_the_place_of_the_last_one_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a/b/c.txt");
        for text in ["one\n", "two\n"] {
            save(&path, text).expect("saved");
            assert_eq!(fs::read_to_string(&path).expect("the file"), text);
        }
        let beside =
            fs::read_dir(path.parent().expect("a folder")).expect("the folder");
        assert_eq!(beside.count(), 1);
        assert_eq!(
            fs::metadata(&path).expect("the file").permissions().mode() & 0o777,
            0o644
        );
        let error = save(&path.join("d"), "").expect_err("below a file").to_string();
        assert!(
            error.starts_with("cannot write ") && error.ends_with("/c.txt/d"),
            "{error}"
        );
    }
}
