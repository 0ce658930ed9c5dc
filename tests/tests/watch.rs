//! `cargo xtask watch`: it plays a scene again on each save.

use std::fs;
use std::process::Command;

use nix::sys::signal::Signal;
use tempfile::TempDir;
use tests::{LONG, root, run, start, until, xtask};

/// The scene that is watched. It is saved as it is: the tree stays clean, whatever
/// becomes of the test.
const SCENE: &str = "tests/fixtures/breakable/src/scenes/apples.rs";

#[test]
fn a_scene_plays_again_when_it_is_saved() {
    for poll in [None, Some("--poll")] {
        let folder = TempDir::new().expect("a folder");
        let output = folder.path().join("output");
        let watch = xtask();
        let mut command = Command::new("sh");
        command.args(["-c", "exec \"$@\" > \"$0\" 2>&1"]).arg(&output);
        command.arg(watch.get_program()).current_dir(root());
        command.args(["--crates", "tests/fixtures", "watch", "breakable/apples"]);
        let running = start(command.args(poll));
        let plays = || {
            let text = fs::read_to_string(&output).unwrap_or_default();
            (
                text.matches("passed in ").count(),
                text.matches("waiting for a save").count(),
            )
        };
        until("the first play", LONG, || plays() == (1, 1));
        let source = fs::read(root().join(SCENE)).expect("the scene");
        until("the play after a save", LONG, || {
            fs::write(root().join(SCENE), &source).expect("saved");
            std::thread::sleep(std::time::Duration::from_millis(500));
            plays() >= (2, 2)
        });
        running.signal(Signal::SIGINT);
        let ended = running.wait(LONG);
        assert_eq!(ended.status.code(), Some(130), "{}", ended.stderr);
        let text = fs::read_to_string(&output).expect("the output");
        assert!(text.contains("✓ there are 2 apples\n"), "{text}");
        assert!(text.contains("── breakable/apples · scene 1 of 1 ──"), "{text}");
        assert!(text.ends_with("interrupted\n"), "{text}");
    }
}

#[test]
fn a_scene_that_is_not_there_is_named() {
    let refused = run(
        xtask().args(["--crates", "tests/fixtures", "watch", "breakable/aples"]),
        LONG,
    );
    assert_eq!(refused.status.code(), Some(2));
    let line = "xtask: no scene aples in breakable; did you mean apples?\n";
    assert!(refused.stderr.ends_with(line), "{}", refused.stderr);
}
