//! What the README says of the topics is what the topics say of themselves.

use std::collections::BTreeSet;

use tests::{root, topics};

#[test]
fn every_topic_has_its_row_and_its_notes_in_it() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("a README");
    for topic in topics() {
        let command = format!("`cargo run -p {}`", topic.name);
        let row = readme.lines().find(|line| line.contains(&command));
        let row =
            row.unwrap_or_else(|| panic!("the README has no row for {}", topic.name));
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, name, about, notes, _, _] = cells[..] else { panic!("{row}") };

        let (linked, folder) =
            name.trim_matches(['[', ')']).split_once("](").expect("a link");
        assert_eq!(linked, topic.name);
        assert!(
            root().join(folder).join("Cargo.toml").is_file(),
            "the link of {name} leads nowhere"
        );
        assert!(!about.is_empty(), "{row}");
        let shown: BTreeSet<String> =
            topic.scenes.iter().flat_map(|scene| scene.notes.clone()).collect();
        assert_eq!(ids(notes), shown, "{}", topic.name);
    }
    let rows = readme.lines().filter(|line| line.starts_with("| [")).count();
    assert_eq!(rows, topics().len(), "a row for every topic, and no other");
}

/// The ids that `N2.4–N2.7, N2.9` stands for.
fn ids(text: &str) -> BTreeSet<String> {
    let parse = |id: &str| {
        let (note, entry) = id.strip_prefix('N')?.split_once('.')?;
        Some((note.parse::<u32>().ok()?, entry.parse::<u32>().ok()?))
    };
    let range = |range: &str| {
        let (first, last) = range.split_once('–').unwrap_or((range, range));
        let ((note, first), (_, last)) = (parse(first)?, parse(last)?);
        Some((first..=last).map(move |entry| format!("N{note}.{entry}")))
    };
    text.split(", ")
        .flat_map(|one| range(one).unwrap_or_else(|| panic!("no note ids: {one}")))
        .collect()
}

#[test]
fn ranges_stand_for_all_their_ids() {
    let expected = ["N2.4", "N2.5", "N2.6", "N2.9"].map(str::to_owned);
    assert_eq!(ids("N2.4–N2.6, N2.9"), BTreeSet::from(expected));
}
