//! loom's verdict on the programs that the tests explore: which of them fail.

use std::process::Command;

use loom as world;

use programs::PROGRAMS;

#[path = "../tests/programs/programs.rs"]
mod programs;

/// The program that a process of its own is to check: where loom finds a deadlock, it
/// may abort the process.
const PROGRAM: &str = "LOOM_PROGRAM";

#[test]
fn loom_agrees() {
    for (name, _, fails) in PROGRAMS {
        let checked = Command::new(std::env::current_exe().expect("a path"))
            .args(["--exact", "loom_verdicts::loom_checks_one"])
            .env(PROGRAM, name)
            .output()
            .expect("a process");
        assert_eq!(!checked.status.success(), fails, "{name}");
    }
}

#[test]
fn loom_checks_one() {
    let Ok(asked) = std::env::var(PROGRAM) else { return };
    let (_, program, _) =
        PROGRAMS.into_iter().find(|(name, ..)| *name == asked).expect("a program");
    loom::model(program);
}
