//! `twin.py`: the scenes of a topic in Python, each in a section of its own.
//!
//! A line `# ── apples ──` begins the section of the scene `apples`; the next such line
//! ends it, or the line that begins with `SCENES`, where the program lists them. What
//! stands before the first section belongs to all of them.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// The twin of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Twin {
    pub path: PathBuf,
    /// What stands before the first section: the imports, and what all sections use.
    pub opening: String,
    /// The sections, by their scenes' names, without the line that begins them.
    pub sections: Vec<(String, String)>,
}

impl Twin {
    /// Reads the twin of a topic, if it has one.
    pub fn of(topic: &Path) -> Result<Option<Self>> {
        let path = topic.join("twin.py");
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(Self::parse(path, &text))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => {
                Err(error).with_context(|| format!("cannot read {}", path.display()))
            }
        }
    }

    fn parse(path: PathBuf, text: &str) -> Self {
        let mut opening = String::new();
        let mut sections: Vec<(String, String)> = Vec::new();
        for line in text.split_inclusive('\n') {
            if line.starts_with("SCENES") {
                break;
            } else if let Some(name) = begins(line) {
                sections.push((name.to_owned(), String::new()));
            } else {
                sections
                    .last_mut()
                    .map_or(&mut opening, |(_, section)| section)
                    .push_str(line);
            }
        }
        // Blank lines between sections belong to none of them.
        let sections =
            sections.into_iter().map(|(name, section)| (name, trimmed(&section)));
        Self { path, opening: trimmed(&opening), sections: sections.collect() }
    }

    /// The section of a scene.
    pub fn section(&self, scene: &str) -> Option<&str> {
        self.sections
            .iter()
            .find(|(name, _)| name == scene)
            .map(|(_, section)| section.as_str())
    }

    /// What is wrong with it as such, where these are the topic's scenes.
    pub fn problems(&self, scenes: &[&str]) -> Vec<String> {
        let sections: Vec<&str> =
            self.sections.iter().map(|(name, _)| name.as_str()).collect();
        let strange = sections.iter().filter(|name| !scenes.contains(name));
        let mut problems: Vec<String> = strange
            .map(|name| {
                format!("it has a section # ── {name} ──, and there is no such scene")
            })
            .collect();
        // Nor are they where one stands twice.
        let in_order = scenes.iter().filter(|name| sections.contains(name));
        if problems.is_empty() && !in_order.eq(&sections) {
            problems.push("its sections are not in the order of the scenes".to_owned());
        }
        problems
    }
}

/// The name in a line `# ── apples ──`.
fn begins(line: &str) -> Option<&str> {
    line.trim_end().strip_prefix("# ── ")?.strip_suffix(" ──")
}

fn trimmed(text: &str) -> String {
    format!("{}\n", text.trim_matches('\n'))
}

/// The file of a scene in Rust.
pub fn scene_file(topic: &Path, scene: &str) -> PathBuf {
    topic.join("src/scenes").join(scene.replace('-', "_")).with_extension("rs")
}

/// What tells one state of a scene from another: a hash of its file in Rust and of its
/// section in Python.
pub fn fingerprint(topic: &Path, scene: &str) -> Result<String> {
    let file = scene_file(topic, scene);
    let rust =
        fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let twin = Twin::of(topic)?
        .with_context(|| format!("there is no {}", topic.join("twin.py").display()))?;
    let missing = || format!("{} has no section # ── {scene} ──", twin.path.display());
    let python = twin.section(scene).with_context(missing)?;
    Ok(hash([rust.as_slice(), python.as_bytes()]))
}

/// A hash of these parts, FNV-1a, in hexadecimal digits. It is compared with one that
/// another release of the runner has written, so the standard library's hashes, which
/// may change with each release, will not do.
pub fn hash<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let mut hash = OFFSET;
    for part in parts {
        // The length keeps a line that moves from one part to the next from passing
        // unseen.
        for byte in (part.len() as u64).to_le_bytes().iter().chain(part) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(PRIME);
        }
    }
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWIN: &str = "import os\n\n\n# ── eat ──\ndef eat():\n    \
                        # ── not a section\n    ...\n\n\n\
                        # ── fall-down ──\ndef fall_down(): ...\n\n\n\
                        SCENES = {}\n\nprint()\n";

    #[test]
    fn a_section_ends_where_the_next_begins_or_the_scenes_are_listed() {
        let twin = Twin::parse(PathBuf::from("twin.py"), TWIN);
        assert_eq!(twin.opening, "import os\n");
        assert_eq!(
            twin.section("eat"),
            Some("def eat():\n    # ── not a section\n    ...\n")
        );
        assert_eq!(twin.section("fall-down"), Some("def fall_down(): ...\n"));
        assert_eq!(twin.section("fall_down"), None);
        assert_eq!(twin.sections.len(), 2);
    }

    #[test]
    fn sections_are_those_of_the_scenes_in_their_order() {
        let problems = |scenes: &[&str]| {
            Twin::parse(PathBuf::from("twin.py"), TWIN).problems(scenes)
        };
        assert_eq!(problems(&["eat", "fall-down"]), Vec::<String>::new());
        assert_eq!(
            problems(&["grow", "eat", "drink", "fall-down"]),
            Vec::<String>::new(),
            "told by scene"
        );
        assert_eq!(
            problems(&["fall-down", "eat"]),
            ["its sections are not in the order of the scenes"]
        );
        let strange = "it has a section # ── eat ──, and there is no such scene";
        assert_eq!(problems(&["fall-down"]), [strange]);
        let twice =
            Twin::parse(PathBuf::from("twin.py"), &format!("# ── eat ──\n{TWIN}"));
        assert_eq!(twice.problems(&["eat", "fall-down"]).len(), 1);
    }

    #[test]
    fn a_fingerprint_changes_with_either_side_of_its_scene_and_with_nothing_else() {
        let topic = tempfile::tempdir().expect("a folder");
        let write = |path: &str, text: &str| {
            fs::write(topic.path().join(path), text).expect("written");
        };
        let of = |scene: &str| fingerprint(topic.path(), scene);
        fs::create_dir_all(topic.path().join("src/scenes")).expect("a folder");
        write("src/scenes/fall_down.rs", "fn play() {}\n");
        assert!(
            of("fall-down")
                .expect_err("no twin")
                .to_string()
                .starts_with("there is no ")
        );
        write("twin.py", TWIN);
        let first = of("fall-down").expect("both are there");
        assert_eq!(first.len(), 16);
        assert!(
            of("eat").expect_err("no file").to_string().ends_with("/src/scenes/eat.rs")
        );

        write("twin.py", &TWIN.replace("def eat():", "def eat(apples):"));
        assert_eq!(of("fall-down").expect("still"), first, "another scene");
        write("twin.py", &TWIN.replace("def fall_down()", "def fall_down(far)"));
        assert_ne!(of("fall-down").expect("still"), first);
        write("twin.py", TWIN);
        write("src/scenes/fall_down.rs", "fn play() { }\n");
        assert_ne!(of("fall-down").expect("still"), first);
        write("src/scenes/fall_down.rs", "fn play() {}\ndef fall_down(): ...\n");
        write("twin.py", &TWIN.replace("def fall_down(): ...\n", ""));
        assert_ne!(
            of("fall-down").expect("still"),
            first,
            "a line has moved from the one to the other"
        );
    }

    #[test]
    fn a_hash_is_the_same_in_every_release() {
        let parts = [&b"one\n"[..], b"two\n"];
        // Computed by another program, whose hash of "foobar" is the published one.
        assert_eq!(hash(parts), "43205644d6b17d8f");
    }

    #[test]
    fn a_topic_may_have_no_twin() {
        let topic = tempfile::tempdir().expect("a folder");
        assert_eq!(Twin::of(topic.path()).expect("no error"), None);
    }
}
