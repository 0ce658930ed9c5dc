//! What the signals tell the trace of a scene by themselves.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

/// The trace of a scene, played fast.
fn trace(scene: &str) -> String {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let file = folder.join(format!("{scene}-{}.trace", std::process::id()));
    let played = Command::new(env!("CARGO_BIN_EXE_thread-signals"))
        .arg(scene)
        .env("SCENE_TRACE", &file)
        .env("PACE", "0.01")
        .output()
        .unwrap();
    let trace = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    assert!(played.status.success(), "{}", String::from_utf8_lossy(&played.stderr));
    trace
}

fn spans(trace: &str, text: &str) -> (usize, usize) {
    let count =
        |kind| trace.matches(&format!(r#""{kind}":{{"text":"{text}"}}"#)).count();
    (count("begin"), count("end"))
}

#[test]
fn a_permit_is_a_span_until_it_goes_back() {
    // Ten threads, and then the two permits that are left at the end.
    assert_eq!(spans(&trace("semaphore"), "holds a permit"), (12, 12));
}

#[test]
fn a_timer_shows_when_its_function_runs_and_a_cancelled_one_shows_nothing() {
    assert_eq!(spans(&trace("cancel"), "runs its function"), (1, 1));
}
