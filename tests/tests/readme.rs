//! What the README says of the topics is what the topics say of themselves, and its
//! commands do what it says.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

use tests::{root, run, topics, xtask};

const PATIENCE: Duration = Duration::from_mins(2);

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).expect("a README")
}

/// The lines of all blocks of code in one language.
fn blocks(language: &str) -> Vec<Vec<String>> {
    let readme = readme();
    let fence = format!("```{language}\n");
    let blocks =
        readme.split(&fence).skip(1).filter_map(|rest| rest.split("```").next());
    blocks.map(|block| block.lines().map(str::to_owned).collect()).collect()
}

/// Whether the program takes these arguments, without carrying them out.
fn is_taken(mut program: Command, words: &[&str]) -> bool {
    let (flags, words): (Vec<&str>, Vec<&str>) =
        words.iter().partition(|word| word.starts_with("--"));
    let help = run(program.args(words.first()).arg("--help"), PATIENCE);
    help.status.success() && flags.iter().all(|flag| help.stdout.contains(flag))
}

#[test]
fn every_command_of_the_runner_exists_with_its_flags() {
    let lines: Vec<String> = blocks("sh").concat();
    let commands: Vec<&str> = lines
        .iter()
        .filter_map(|line| line.split('#').next()?.trim().strip_prefix("cargo xtask"))
        .collect();
    assert!(commands.len() >= 12, "{commands:?}");
    for command in commands {
        let words: Vec<&str> = command.split_whitespace().collect();
        assert!(is_taken(xtask(), &words), "cargo xtask{command}");
    }
}

#[test]
fn what_the_first_example_prints_is_what_its_scene_prints() {
    let example = &blocks("console")[0];
    let command = example[0].strip_prefix("$ cargo run -q -p ").expect("a command");
    let (topic, scene) = command.split_once(" -- ").expect("a scene");
    let topic = topics().iter().find(|it| it.name == topic).expect("a topic");
    let printed = run(topic.command().arg(scene), PATIENCE);
    let apart_from_numbers = |line: &str| line.replace(|it: char| it.is_numeric(), "");
    let shown: Vec<String> =
        example[1..].iter().map(|line| apart_from_numbers(line)).collect();
    let printed: Vec<String> = printed.stdout.lines().map(apart_from_numbers).collect();
    assert_eq!(printed, shown);
}

#[test]
fn the_table_of_a_play_has_each_topic_as_it_is() {
    let table = &blocks("console")[1];
    for topic in topics() {
        let row = table.iter().find_map(|line| {
            line.strip_prefix(&format!(" ✓ {} ", topic.name)).map(str::trim)
        });
        let row =
            row.unwrap_or_else(|| panic!("the README's table lacks {}", topic.name));
        let scenes = topic.scenes.len().to_string();
        assert_eq!(row.split_whitespace().next(), Some(&*scenes), "{}", topic.name);
    }
    let scenes: usize = topics().iter().map(|topic| topic.scenes.len()).sum();
    assert_eq!(table.last(), Some(&format!("{scenes} passed, 0 failed")));
}

#[test]
fn every_topic_has_its_row_and_its_notes_in_it() {
    let readme = readme();
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
