//! The entries of the five notes, in the notes' order.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

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
