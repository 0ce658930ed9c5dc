//! The same programs on std's types and on the explorer's: one file, compiled against
//! both.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::duplicate_mod, reason = "each has another world around it")]

use std::collections::BTreeSet;
use std::fmt::Debug;

use interleavings::{End, Limits, explore};

#[path = "programs"]
mod with_explorer {
    use interleavings as world;

    #[path = "programs.rs"]
    pub mod programs;
}

#[path = "programs"]
mod with_std {
    use std as world;

    #[path = "programs.rs"]
    #[allow(dead_code, reason = "programs that deadlock are not run on real threads")]
    pub mod programs;
}

use with_explorer::programs as explored;
use with_std::programs as real;

/// What happens on real threads must be an outcome of the exploration, in which every
/// expected outcome has a schedule.
fn same<T: Debug + 'static>(explored: fn() -> T, real: fn() -> T, expected: &[&str]) {
    let report = explore(explored, Limits::default()).unwrap();
    let found: BTreeSet<String> =
        report.outcomes.iter().map(|outcome| outcome.end.to_string()).collect();
    assert_eq!(found, expected.iter().map(|&end| end.to_owned()).collect());
    for _ in 0..500 {
        let end = End::Returned(format!("{:?}", real())).to_string();
        assert!(found.contains(&end), "{end} is none of {found:?}");
    }
}

#[test]
fn real_threads_do_what_was_explored() {
    same(explored::lost_update, real::lost_update, &["0", "1"]);
    same(explored::with_a_lock, real::with_a_lock, &["0"]);
    same(explored::check_then_act, real::check_then_act, &["1", "2"]);
    same(explored::in_one_step, real::in_one_step, &["2"]);
    same(|| explored::wake_up(true), || real::wake_up(true), &["ends well"]);
    same(explored::published, real::published, &["None", "Some(1)"]);
    same(explored::readers, real::readers, &["(0, 0)", "(0, 1)", "(1, 1)"]);
}

#[test]
fn the_verdicts_are_those_of_loom() {
    for (name, program, fails) in explored::PROGRAMS {
        let report = explore(program, Limits::default()).unwrap();
        assert!(report.complete, "{name}");
        assert_eq!(report.failures > 0, fails, "{name}: {report}");
        let distinct = explore(program, Limits::default().distinct()).unwrap();
        assert_eq!(distinct.failures > 0, fails, "{name}, distinct: {distinct}");
    }
}

/// The explored types outside an exploration are std's.
#[test]
fn the_explored_types_run_on_real_threads() {
    for _ in 0..200 {
        assert_eq!(explored::with_a_lock(), 0);
        assert_eq!(explored::in_one_step(), 2);
        assert_ne!(explored::published(), Some(0));
        explored::wake_up(true);
    }
}
