//! The entries of the five notes, and `cargo xtask notes`: which scenes cover them, and
//! which are still to come.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::LazyLock;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::house::House;
use crate::note::note;
use crate::programs::{self, Program};
use crate::table::{BAD, Look};

/// An entry of the notes, as `notes.json` lists them in the notes' order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// `N2.13`: the thirteenth entry of the second note.
    pub id: String,
    /// The crate that holds its counterpart: `processes/joinable-queue`.
    #[serde(rename = "crate")]
    pub home: String,
    /// The heading under which it stands in the note.
    pub heading: String,
    /// What it shows, in a few words.
    pub shows: String,
}

impl Note {
    /// The topic that holds its counterpart.
    pub fn topic(&self) -> &str {
        self.home.rsplit('/').next().unwrap_or(&self.home)
    }
}

/// All entries, in the notes' order.
pub static ALL: LazyLock<Vec<Note>> = LazyLock::new(|| {
    // The file is part of the program, and a test reads it.
    serde_json::from_str(include_str!("../notes.json")).unwrap_or_default()
});

/// The titles of the five notes.
const TITLES: [(&str, &str); 5] = [
    ("N1", "多线程续集"),
    ("N2", "并发编程"),
    ("N3", "浅谈python异步IO,同步IO,线程与进程"),
    ("N4", "进程池与线程池"),
    ("N5", "第十章:Python の 网络编程基础(二)"),
];

/// The title of a note: that of `N2`.
pub fn title(note: &str) -> Option<&'static str> {
    TITLES.iter().find(|(short, _)| *short == note).map(|(_, title)| *title)
}

/// Where an entry stands among all.
pub fn position(id: &str) -> Option<usize> {
    ALL.iter().position(|note| note.id == id)
}

/// Ids in the notes' order, those that follow each other as a range: `N1.3 N5.5–N5.8`.
pub fn in_short<'a>(ids: impl IntoIterator<Item = &'a str>) -> String {
    let mut places: Vec<usize> = ids.into_iter().filter_map(position).collect();
    places.sort_unstable();
    places.dedup();
    let note_of = |place: usize| ALL[place].id.split('.').next();
    let runs =
        places.chunk_by(|&one, &next| next == one + 1 && note_of(one) == note_of(next));
    let texts = runs.map(|run| match run {
        [one] => ALL[*one].id.clone(),
        [one, next] => format!("{} {}", ALL[*one].id, ALL[*next].id),
        run => format!("{}–{}", ALL[run[0]].id, ALL[run[run.len() - 1]].id),
    });
    texts.collect::<Vec<_>>().join(" ")
}

/// Show which scenes cover each entry of the notes, and which entries are still to come
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print the entries as JSON
    #[arg(long)]
    json: bool,

    /// Fail if an entry is not covered
    #[arg(long)]
    all_covered: bool,
}

/// An entry, and the scenes that name it, as `topic/scene`.
#[derive(Debug, Serialize)]
struct Covered {
    #[serde(flatten)]
    note: Note,
    scenes: Vec<String>,
}

/// The exit code is 1 if a scene names an entry that the notes do not have.
pub fn notes(args: &Args, house: &House) -> Result<ExitCode> {
    let programs = programs::build(house, &house.asked(&[])?)?;
    let covered: Vec<Covered> = ALL
        .iter()
        .map(|note| Covered {
            note: note.clone(),
            scenes: naming(&programs, |id| id == note.id),
        })
        .collect();
    let unknown = naming(&programs, |id| position(id).is_none());
    let to_come = covered.iter().filter(|entry| entry.scenes.is_empty()).count();

    let mut stdout = std::io::stdout().lock();
    let look = Look::of(&stdout);
    if args.json {
        writeln!(stdout, "{}", serde_json::to_string_pretty(&covered)?)?;
    } else {
        writeln!(stdout, "{}", table(&covered, look))?;
        writeln!(
            stdout,
            "\n{} of {} covered, {to_come} to come",
            ALL.len() - to_come,
            ALL.len()
        )?;
    }
    let sign = Look::of(&std::io::stderr()).paint(BAD, "✗");
    for scene in &unknown {
        note(&format!("{sign} {scene} names an entry that the notes do not have"));
    }
    if args.all_covered && to_come > 0 {
        note(&format!("{sign} {to_come} entries are not covered"));
    }
    let good = unknown.is_empty() && (to_come == 0 || !args.all_covered);
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The scenes that name such an entry.
fn naming(programs: &[Program], such: impl Fn(&str) -> bool) -> Vec<String> {
    let scenes = programs
        .iter()
        .flat_map(|program| program.scenes.iter().map(move |scene| (program, scene)));
    let naming = scenes.filter(|(_, scene)| scene.notes.iter().any(|id| such(id)));
    naming
        .map(|(program, scene)| format!("{}/{}", program.topic.name, scene.name))
        .collect()
}

fn table(covered: &[Covered], look: Look) -> String {
    let rows = covered.iter().map(|Covered { note, scenes }| {
        let by = if scenes.is_empty() {
            format!("to come in {}", note.topic())
        } else {
            scenes.join(" ")
        };
        let sign = if scenes.is_empty() { ' ' } else { '✓' };
        [format!("{sign} {}", note.id), note.heading.clone(), note.shows.clone(), by]
    });
    look.table(["note", "heading", "shows", "scenes"], rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_83_entries_are_listed_once_and_in_order() {
        let place = |note: &Note| -> (u32, u32) {
            let (of, number) =
                note.id.strip_prefix('N').expect("N").split_once('.').expect("a point");
            (of.parse().expect("a number"), number.parse().expect("a number"))
        };
        let places: Vec<_> = ALL.iter().map(place).collect();
        let entries = [(1, 21), (2, 28), (3, 10), (4, 9), (5, 15)];
        let expected: Vec<_> = entries
            .into_iter()
            .flat_map(|(of, last)| (1..=last).map(move |it| (of, it)))
            .collect();
        assert_eq!(places, expected);
        assert_eq!(places.len(), 83);
    }

    #[test]
    fn every_entry_says_what_it_shows_and_where() {
        for note in ALL.iter() {
            assert!(!note.heading.is_empty() && !note.shows.is_empty(), "{note:?}");
            let (group, topic) = note.home.split_once('/').expect("group/topic");
            let name = |text: &str| {
                text.bytes().all(|byte| byte == b'-' || byte.is_ascii_lowercase())
            };
            assert!(name(group) && name(topic) && note.topic() == topic, "{note:?}");
        }
    }

    #[test]
    fn ids_that_follow_each_other_become_a_range() {
        assert_eq!(
            in_short(["N5.8", "N1.3", "N5.5", "N5.7", "N5.6", "N5.6"]),
            "N1.3 N5.5–N5.8"
        );
        assert_eq!(
            in_short(["N2.11", "N2.12", "N1.21", "N2.1"]),
            "N1.21 N2.1 N2.11 N2.12"
        );
        assert_eq!(in_short(["N9.1"]), "");
    }
}
