//! The trace of a scene with many thousand requests.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

tests::main! {
    turns_that_follow_each_other_at_once_are_told_as_one,
}

fn turns_that_follow_each_other_at_once_are_told_as_one() {
    let file = std::env::temp_dir().join(format!("trace-{}", std::process::id()));
    let mut scene = Command::new(env!("CARGO_BIN_EXE_selectors-server"));
    let played = scene.arg("slow-reader").env("SCENE_TRACE", &file).output().unwrap();
    let trace = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    assert!(played.status.success());

    let of_turns = trace.lines().filter(|line| {
        line.contains(r#""lane":"server""#)
            && line.contains(r#""text":"handles what is ready""#)
    });
    let begins: Vec<bool> =
        of_turns.map(|line| line.contains(r#""kind":{"begin":"#)).collect();
    assert!(begins.chunks(2).all(|turn| turn == [true, false]), "{trace}");
    // The slow client alone takes 16,384 reads. How many of them follow at once is the
    // scheduler's doing.
    assert!((2..8_000).contains(&(begins.len() / 2)), "{}", begins.len());
}
