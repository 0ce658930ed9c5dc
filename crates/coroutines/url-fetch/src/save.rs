//! Files of fetched pages.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use shared::Result;
use tempfile::NamedTempFile;

/// The longest name of a file, which leaves room for a number before it.
const LONGEST: usize = 120;

/// Writes a page into the folder, under a name made of its number and its URL, and
/// returns the path. The file appears when it is complete.
pub fn save(folder: &Path, number: usize, url: &str, body: &[u8]) -> Result<PathBuf> {
    let path = folder.join(format!("{number:04}-{}", name_of(url)));
    let write = || -> std::io::Result<()> {
        let mut file = NamedTempFile::new_in(folder)?;
        file.write_all(body)?;
        file.persist(&path)?;
        Ok(())
    };
    write().with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

/// A URL as the name of a file: its host and path, with dashes for all that a shell or
/// a file system might take for something else.
fn name_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_scheme, rest)| rest);
    let rest = rest.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let name: String = rest
        .chars()
        .map(|it| if it.is_alphanumeric() || it == '.' { it } else { '-' })
        .collect();
    let end = name.char_indices().map(|(at, it)| at + it.len_utf8());
    let end = end.take_while(|&end| end <= LONGEST).last().unwrap_or(0);
    name[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_harmless_and_short() {
        for (url, name) in [
            ("https://www.python.org/", "www.python.org"),
            ("http://[::1]:80/../a b?c=d", "---1--80-..-a-b"),
            ("https://例子.cn/页#x", "例子.cn-页"),
            ("", ""),
        ] {
            assert_eq!(name_of(url), name);
        }
        assert_eq!(name_of(&"例".repeat(200)).len(), LONGEST);
    }

    #[test]
    fn a_file_appears_whole_under_its_number() {
        let folder = tempfile::tempdir().unwrap();
        let path = save(folder.path(), 7, "http://a.b/c", b"page").unwrap();
        assert_eq!(path, folder.path().join("0007-a.b-c"));
        assert_eq!(std::fs::read(path).unwrap(), b"page");
        let error = save(&folder.path().join("none"), 1, "http://a", b"").unwrap_err();
        assert!(error.to_string().ends_with("none/0001-a"), "{error}");
    }
}
