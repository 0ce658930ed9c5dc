//! The breaks of a topic, as its `breaks.toml` lists them.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;

use crate::workspace::Workspace;

/// Within how many plays a broken claim shows, unless the break says otherwise: which
/// thread comes first may hide it in one.
const PLAYS: u32 = 3;

/// A small named change to the code, and what it must lead to.
#[derive(Debug, Clone)]
pub struct Break {
    pub topic: String,
    pub scene: String,
    pub name: String,
    /// The change in a sentence.
    pub about: String,
    /// The file, relative to the workspace's folder.
    pub file: PathBuf,
    /// The text that is replaced, and the text that takes its place.
    pub find: String,
    pub replace: String,
    pub expected: Expected,
    /// Within how many plays it shows.
    pub plays: u32,
    /// What happens and why, for readers; the book shows the breaks that have one.
    pub lesson: Option<String>,
}

/// What a break must lead to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// These claims, as they stand in the source, do not hold.
    Broken(Vec<String>),
    /// The compiler refuses the change with this error.
    Refused(String),
    /// The scene does not end in time.
    Late,
}

/// A `breaks.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    #[serde(default, rename = "break")]
    breaks: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    scene: String,
    name: String,
    about: String,
    file: PathBuf,
    find: String,
    replace: String,
    breaks: Option<Claims>,
    refused: Option<String>,
    #[serde(default)]
    late: bool,
    plays: Option<u32>,
    lesson: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Claims {
    One(String),
    Several(Vec<String>),
}

/// Reads the breaks of a topic; there are none where there is no file.
pub fn read(workspace: &Workspace, topic: &str, folder: &Path) -> Result<Vec<Break>> {
    let path = folder.join("breaks.toml");
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        text => text.with_context(|| format!("cannot read {}", path.display()))?,
    };
    let inside = folder.strip_prefix(&workspace.root).unwrap_or(folder);
    parse(&text, topic, inside).with_context(|| workspace.relative(&path))
}

/// Reads the text of the `breaks.toml` that lies in `folder`, which is relative to the
/// workspace's.
fn parse(text: &str, topic: &str, folder: &Path) -> Result<Vec<Break>> {
    let list: List = toml::from_str(text)?;
    let mut names = BTreeSet::new();
    let mut breaks = Vec::new();
    for entry in list.breaks {
        let name = entry.name.clone();
        ensure!(names.insert(name.clone()), "two breaks are named {name}");
        let one = entry.check(topic, folder);
        breaks.push(one.with_context(|| format!("the break {name}"))?);
    }
    Ok(breaks)
}

impl Entry {
    fn check(self, topic: &str, folder: &Path) -> Result<Break> {
        ensure!(
            !self.name.is_empty()
                && self.name.bytes().all(|it| it.is_ascii_lowercase()
                    || it.is_ascii_digit()
                    || it == b'-'),
            "its name is not in kebab-case"
        );
        ensure!(!self.find.trim().is_empty(), "it has nothing to find");
        ensure!(
            self.about.ends_with('.'),
            "`about` is not a sentence with a full stop"
        );
        let expected = match (self.breaks, self.refused, self.late) {
            (Some(Claims::One(claim)), None, false) => Expected::Broken(vec![claim]),
            (Some(Claims::Several(claims)), None, false) if !claims.is_empty() => {
                Expected::Broken(claims)
            }
            (None, Some(code), false) => Expected::Refused(code),
            (None, None, true) => Expected::Late,
            _ => bail!("it has not exactly one of `breaks`, `refused` and `late`"),
        };
        let plays = match (self.plays, &expected) {
            (None, Expected::Broken(_)) => PLAYS,
            (None, _) => 1,
            (Some(plays @ 1..), Expected::Broken(_)) => plays,
            _ => bail!("`plays` goes with `breaks`, and is at least 1"),
        };
        Ok(Break {
            topic: topic.to_owned(),
            scene: self.scene,
            name: self.name,
            about: self.about,
            file: inside(&folder.join(self.file))?,
            find: self.find,
            replace: self.replace,
            expected,
            plays,
            lesson: self.lesson,
        })
    }
}

impl Break {
    /// The break as the command line names it: `TOPIC/SCENE/NAME`.
    pub fn title(&self) -> String {
        format!("{}/{}/{}", self.topic, self.scene, self.name)
    }
}

/// A path without `..`, which must not lead out of the workspace.
fn inside(path: &Path) -> Result<PathBuf> {
    let mut inside = PathBuf::new();
    for part in path.components() {
        let stays = match part {
            Component::Normal(name) => {
                inside.push(name);
                true
            }
            Component::ParentDir => inside.pop(),
            Component::CurDir => true,
            Component::RootDir | Component::Prefix(_) => false,
        };
        ensure!(stays, "{} leads out of the workspace", path.display());
    }
    Ok(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EATEN: &str = "\
        [[break]]\n\
        scene = 'apples'\n\
        name = 'done-when-got'\n\
        about = 'The consumer calls done before it eats.'\n\
        file = '../shop/src/lib.rs'\n\
        find = 'eat(); done();'\n\
        replace = 'done(); eat();'\n";

    fn parsed(more: &str) -> Result<Vec<Break>> {
        parse(&format!("{EATEN}{more}"), "queue", Path::new("crates/queue"))
    }

    #[test]
    fn a_break_names_one_claim_or_several_an_error_or_the_lack_of_an_end() {
        let expected = |more: &str| parsed(more).expect("a break")[0].expected.clone();
        let claims = |claims: &[&str]| {
            Expected::Broken(claims.iter().map(|&it| it.to_owned()).collect())
        };
        assert_eq!(expected("breaks = 'eaten'"), claims(&["eaten"]));
        assert_eq!(expected("breaks = ['eaten', 'n']"), claims(&["eaten", "n"]));
        let refused = Expected::Refused("E0382".to_owned());
        assert_eq!(expected("refused = 'E0382'"), refused);
        assert_eq!(expected("late = true"), Expected::Late);
        for bad in ["", "breaks = []", "breaks = 'eaten'\nlate = true"] {
            let error = format!("{:#}", parsed(bad).expect_err(bad));
            assert_eq!(
                error,
                "the break done-when-got: it has not exactly one of `breaks`, \
                 `refused` and `late`"
            );
        }
    }

    #[test]
    fn a_file_may_be_another_crates_but_not_outside() {
        let breaks = parsed("late = true").expect("a break");
        assert_eq!(breaks[0].file, Path::new("crates/shop/src/lib.rs"));
        assert_eq!(breaks[0].title(), "queue/apples/done-when-got");
        for bad in ["../../../x.rs", "/etc/passwd"] {
            let path = Path::new("crates/queue").join(bad);
            let error = inside(&path).expect_err("outside").to_string();
            assert!(error.ends_with("leads out of the workspace"), "{error}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        let error = |more: &str| format!("{:#}", parsed(more).expect_err(more));
        assert!(
            error("late = true\ncolour = 'red'").contains("unknown field `colour`")
        );
        assert_eq!(
            error(&format!("late = true\n{EATEN}late = true")),
            "two breaks are named done-when-got"
        );
        assert!(error("late = true\nplays = 3").ends_with("is at least 1"));
        assert!(error("breaks = 'eaten'\nplays = 0").ends_with("is at least 1"));
    }
}
