//! The entries of the five notes: which scenes cover them, and which are still to come.

use std::sync::LazyLock;

use serde::Deserialize;

/// An entry of the notes, as `notes.json` lists them in the notes' order.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Note {
    /// `N2.13`: the thirteenth entry of the second note.
    pub id: String,
    /// The topic that holds its counterpart.
    pub topic: String,
    /// The heading under which it stands in the note.
    pub heading: String,
    /// What it shows, in a few words.
    pub shows: String,
}

/// All entries, in the notes' order.
pub static ALL: LazyLock<Vec<Note>> = LazyLock::new(|| {
    // The file is part of the program, and a test reads it.
    serde_json::from_str(include_str!("../notes.json")).unwrap_or_default()
});

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
    let runs = places.chunk_by(|&one, &next| next == one + 1 && note_of(one) == note_of(next));
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
            let (of, number) = note.id.strip_prefix('N').expect("N").split_once('.').expect("a point");
            (of.parse().expect("a number"), number.parse().expect("a number"))
        };
        let places: Vec<_> = ALL.iter().map(place).collect();
        let entries = [(1, 21), (2, 28), (3, 10), (4, 9), (5, 15)];
        let expected: Vec<_> =
            entries.into_iter().flat_map(|(of, last)| (1..=last).map(move |it| (of, it))).collect();
        assert_eq!(places, expected);
        assert_eq!(places.len(), 83);
    }

    #[test]
    fn every_entry_says_what_it_shows_and_where() {
        for note in ALL.iter() {
            assert!(!note.heading.is_empty() && !note.shows.is_empty(), "{note:?}");
            assert!(note.topic.bytes().all(|byte| byte == b'-' || byte.is_ascii_lowercase()), "{note:?}");
        }
    }

    #[test]
    fn ids_that_follow_each_other_become_a_range() {
        assert_eq!(in_short(["N5.8", "N1.3", "N5.5", "N5.7", "N5.6", "N5.6"]), "N1.3 N5.5–N5.8");
        assert_eq!(in_short(["N2.11", "N2.12", "N1.21", "N2.1"]), "N1.21 N2.1 N2.11 N2.12");
        assert_eq!(in_short(["N9.1"]), "");
    }
}
