//! The scenes that are played by hand, with the keyboard's input piped in.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

fn typed(scene: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_thread-signals"))
        .arg("by-hand")
        .args(scene)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn enter_turns_the_light_green() {
    let played = typed(&[], "\n");
    let said = String::from_utf8(played.stdout).unwrap();
    assert!(played.status.success(), "{said}");
    let (on_red, on_green) = said.split_once("green\n").unwrap();
    assert!(on_red.contains("press Enter") && on_green.contains("109"), "{said}");
}

#[test]
fn the_end_of_input_is_an_error_and_ends_the_cars() {
    let played = typed(&[], "");
    let errors = String::from_utf8(played.stderr).unwrap();
    assert_eq!(played.status.code(), Some(1));
    assert!(errors.contains("ended before Enter"), "{errors}");
}

#[test]
fn a_number_lets_as_many_threads_pass_and_q_ends_the_program() {
    let played = typed(&["notify-n"], "0\nq\n");
    assert!(played.status.success());
    let bad = typed(&["notify-n"], "three\n");
    let errors = String::from_utf8(bad.stderr).unwrap();
    assert_eq!(bad.status.code(), Some(1));
    assert!(errors.contains("\"three\""), "{errors}");
}
