//! Transcripts: what a scene prints, kept in a file beside it, with snapbox's wild
//! cards.
//!
//! `transcript/SCENE.txt` holds the lines in their order,
//! `transcript/SCENE.unordered.txt` in any order. `[..]` stands for any part of a line,
//! `...` alone on a line for any lines. A twin in Python must satisfy the same
//! transcript, unless there is one of its own, `SCENE.python.txt` or
//! `SCENE.python.unordered.txt`. `SCENE.schedules.txt` holds what is found if its
//! programs are run under every schedule. Lines that say how the scene fared, not what
//! it told (claims, headings, seeds), are left out on both sides.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use shared::line::{BROKEN, HELD, MARK};
use snapbox::filter::NormalizeToExpected;
use snapbox::report::Palette;
use snapbox::{Data, IntoData as _};

use crate::print::save::save;

/// How the lines begin that are left out.
const LEFT_OUT: [&str; 3] = [HELD, BROKEN, MARK];

/// The transcript of a scene.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transcript {
    pub path: PathBuf,
    pub text: String,
    pub unordered: bool,
}

/// What was printed where the transcript had something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub path: PathBuf,
    expected: String,
    printed: String,
}

/// The lines of an output that a transcript holds.
pub fn told(output: &str) -> String {
    let lines = output.split_inclusive('\n');
    lines.filter(|line| !LEFT_OUT.iter().any(|sign| line.starts_with(sign))).collect()
}

impl Transcript {
    /// Reads the transcript of a scene, if there is one. There must not be two.
    pub fn of(topic: &Path, scene: &str) -> Result<Option<Self>> {
        Self::one_of(paths(topic, scene))
    }

    /// Reads the transcript of a scene's twin: its own if it has one, or else the
    /// scene's.
    pub fn of_twin(topic: &Path, scene: &str) -> Result<Option<Self>> {
        let own = Self::one_of(paths_of_twin(topic, scene))?;
        if own.is_some() { Ok(own) } else { Self::of(topic, scene) }
    }

    fn one_of(paths: [PathBuf; 2]) -> Result<Option<Self>> {
        let [ordered, unordered] =
            paths.map(|path| read(&path).map(|text| (path, text)));
        match (ordered?, unordered?) {
            ((path, Some(text)), (_, None)) => {
                Ok(Some(Self { path, text, unordered: false }))
            }
            ((_, None), (path, Some(text))) => {
                Ok(Some(Self { path, text, unordered: true }))
            }
            ((_, None), (_, None)) => Ok(None),
            ((one, _), (other, _)) => {
                bail!("two transcripts: {} and {}", one.display(), other.display())
            }
        }
    }

    /// Compares what a scene told with the transcript.
    pub fn compare(&self, told: &str) -> Result<(), Difference> {
        let expected = self.expected();
        let printed = self.fit(told, &expected);
        if printed == expected {
            return Ok(());
        }
        Err(Difference { path: self.path.clone(), expected, printed })
    }

    /// The transcript's lines as they are compared.
    fn expected(&self) -> String {
        let text = whole_lines(&told(&self.text));
        if !self.unordered {
            return text;
        }
        // A wild card takes the first line that fits it; so it chooses last.
        let wild = |line: &&str| line.contains("[..]") || line.trim_end() == "...";
        let (wild, literal): (Vec<_>, Vec<_>) =
            text.split_inclusive('\n').partition(wild);
        literal.concat() + &wild.concat()
    }

    /// What was told, with the transcript's own lines where they match: wild cards, and
    /// the order if it is free.
    fn fit(&self, told: &str, expected: &str) -> String {
        let normalize = NormalizeToExpected::new().redact();
        let normalize = if self.unordered { normalize.unordered() } else { normalize };
        let told = whole_lines(told);
        normalize
            .normalize(Data::text(told.clone()), &expected.into_data().raw())
            .render()
            .unwrap_or(told)
    }
}

impl Difference {
    /// The difference, line by line.
    pub fn show(&self, coloured: bool) -> String {
        let palette = if coloured { Palette::color() } else { Palette::plain() };
        let mut text = String::new();
        let (expected, printed) =
            (Data::text(&*self.expected), Data::text(&*self.printed));
        let names: [&dyn std::fmt::Display; 2] =
            [&"the transcript", &"what the scene printed"];
        // Writing to a String does not fail.
        let _ = snapbox::report::write_diff(
            &mut text,
            &expected,
            &printed,
            Some(names[0]),
            Some(names[1]),
            palette,
        );
        text.trim_matches('\n').to_owned()
    }
}

/// Writes what a scene told as its transcript, and gives the file's path. Lines of the
/// old one that still match stay, with their wild cards.
pub fn accept(
    topic: &Path,
    scene: &str,
    old: Option<&Transcript>,
    told: &str,
) -> Result<PathBuf> {
    let [new, _] = paths(topic, scene);
    let path = old.map_or(new, |old| old.path.clone());
    let text =
        old.map_or_else(|| whole_lines(told), |old| old.fit(told, &old.expected()));
    save(&path, &text)?;
    Ok(path)
}

/// The files among a topic's transcripts that belong to none of its scenes.
pub fn strays<'a>(
    topic: &Path,
    scenes: impl Iterator<Item = &'a str>,
) -> Result<Vec<PathBuf>> {
    let folder = topic.join("transcript");
    let files = match fs::read_dir(&folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        files => files.and_then(|files| {
            files.map(|file| Ok(file?.path())).collect::<Result<Vec<_>, _>>()
        }),
    };
    let mut files =
        files.with_context(|| format!("cannot list {}", folder.display()))?;
    let of = |scene: &'a str| {
        let own = paths(topic, scene).into_iter().chain(paths_of_twin(topic, scene));
        own.chain(paths(topic, &format!("{scene}.schedules")))
    };
    let known: Vec<PathBuf> = scenes.flat_map(of).collect();
    files.retain(|file| !known.contains(file));
    files.sort();
    Ok(files)
}

/// Where a scene's transcript may be: in its order, and in any order.
fn paths(topic: &Path, scene: &str) -> [PathBuf; 2] {
    [".txt", ".unordered.txt"]
        .map(|end| topic.join("transcript").join(format!("{scene}{end}")))
}

/// Where its twin's own may be.
fn paths_of_twin(topic: &Path, scene: &str) -> [PathBuf; 2] {
    paths(topic, &format!("{scene}.python"))
}

fn read(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => {
            Err(error).with_context(|| format!("cannot read {}", path.display()))
        }
    }
}

/// Whether the last line is ended is a question of its own.
fn whole_lines(text: &str) -> String {
    if text.is_empty() || text.ends_with('\n') {
        text.to_owned()
    } else {
        format!("{text}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transcript(text: &str, unordered: bool) -> Transcript {
        Transcript { path: PathBuf::from("x.txt"), text: text.to_owned(), unordered }
    }

    #[test]
    fn claims_headings_and_seeds_are_not_told() {
        assert_eq!(
            told("── apples · N2.13 · eaten\none\n✓ all\n  ✓ not at the begin\ntwo"),
            "one\n  ✓ not at the begin\ntwo"
        );
    }

    #[test]
    fn lines_match_with_wild_cards() {
        let transcript = transcript("pid [..] began\n...\nend\n", false);
        assert_eq!(transcript.compare("pid 17 began\na\nb\nend\n"), Ok(()));
        assert_eq!(transcript.compare("pid 17 began\nend\n"), Ok(()));
        assert!(transcript.compare("pid 17 began\na\n").is_err(), "no end");
        assert!(transcript.compare("17 began\nend\n").is_err(), "no pid");
        assert!(transcript.compare("").is_err());
    }

    #[test]
    fn an_empty_transcript_matches_nothing_but_nothing() {
        assert_eq!(transcript("", false).compare(""), Ok(()));
        assert!(transcript("", false).compare("one\n").is_err());
        assert!(transcript("one\n", false).compare("").is_err());
    }

    #[test]
    fn lines_in_any_order_are_each_there_so_many_times() {
        let transcript = transcript("x eats [..]\nx eats 1\ny\ny\n", true);
        assert_eq!(
            transcript.compare("y\nx eats 1\ny\nx eats 2\n"),
            Ok(()),
            "the wild card must not take the 1"
        );
        assert!(transcript.compare("y\nx eats 1\nx eats 2\n").is_err(), "one y only");
        assert!(
            transcript.compare("y\nx eats 1\ny\nx eats 2\ny\n").is_err(),
            "three y"
        );
        assert!(
            self::transcript("x\ny\n", false).compare("y\nx\n").is_err(),
            "ordered"
        );
    }

    #[test]
    fn a_difference_shows_both_lines() {
        let difference = transcript("one\ntwo\n", false)
            .compare("one\n2\n")
            .expect_err("2 is not two");
        let shown = difference.show(false);
        assert!(shown.contains("- two") && shown.contains("+ 2"), "{shown}");
    }

    #[test]
    fn accepting_keeps_the_lines_that_match() {
        let topic = tempfile::tempdir().expect("a folder");
        let first =
            accept(topic.path(), "eat", None, "pid 17\none\n").expect("written");
        assert_eq!(fs::read_to_string(&first).expect("the file"), "pid 17\none\n");
        fs::write(&first, "pid [..]\none\n").expect("edited");
        let old = Transcript::of(topic.path(), "eat").expect("read").expect("there");
        accept(topic.path(), "eat", Some(&old), "pid 18\n2\nthree\n").expect("written");
        assert_eq!(
            fs::read_to_string(&first).expect("the file"),
            "pid [..]\n2\nthree\n"
        );
        assert_eq!(
            fs::read_dir(topic.path().join("transcript")).expect("the folder").count(),
            1
        );
    }

    #[test]
    fn a_file_of_no_scene_is_a_stray() {
        let topic = tempfile::tempdir().expect("a folder");
        assert_eq!(
            strays(topic.path(), ["eat"].into_iter()).expect("no folder"),
            Vec::<PathBuf>::new()
        );
        accept(topic.path(), "eat", None, "").expect("written");
        let stray = accept(topic.path(), "drink", None, "").expect("written");
        assert_eq!(strays(topic.path(), ["eat"].into_iter()).expect("listed"), [stray]);
        let twins = accept(topic.path(), "drink.python", None, "").expect("written");
        assert!(
            !strays(topic.path(), ["eat", "drink"].into_iter())
                .expect("listed")
                .contains(&twins)
        );
        assert!(
            strays(topic.path(), ["eat"].into_iter()).expect("listed").contains(&twins)
        );
    }

    #[test]
    fn a_twin_has_the_scenes_transcript_unless_it_has_its_own() {
        let topic = tempfile::tempdir().expect("a folder");
        let of_twin = || {
            Transcript::of_twin(topic.path(), "eat").expect("read").map(|it| it.text)
        };
        assert_eq!(of_twin(), None);
        accept(topic.path(), "eat", None, "one\n").expect("written");
        assert_eq!(of_twin().as_deref(), Some("one\n"));
        save(&paths_of_twin(topic.path(), "eat")[1], "two\n").expect("written");
        assert_eq!(of_twin().as_deref(), Some("two\n"));
        let rust = Transcript::of(topic.path(), "eat").expect("read").expect("there");
        assert_eq!(rust.text, "one\n");
    }

    #[test]
    fn two_transcripts_of_one_scene_are_an_error() {
        let topic = tempfile::tempdir().expect("a folder");
        for path in paths(topic.path(), "eat") {
            save(&path, "").expect("written");
        }
        let error = Transcript::of(topic.path(), "eat").expect_err("two").to_string();
        assert!(error.starts_with("two transcripts: "), "{error}");
    }
}
