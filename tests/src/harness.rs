//! The harness of tests that fork: one process for each test.
//!
//! A test file with `harness = false` lists its tests in [`main!`](crate::main!). A
//! test is an ordinary function that returns nothing or a `Result`; one that is not
//! listed is dead code, which the compiler reports.
//!
//! ```no_run
//! tests::main! {
//!     one_and_one_are_two,
//!     a_search_ends => std::time::Duration::from_mins(5),
//! }
//!
//! fn one_and_one_are_two() {
//!     assert_eq!(1 + 1, 2);
//! }
//!
//! fn a_search_ends() -> std::io::Result<()> {
//!     std::fs::read_dir("/proc").map(drop)
//! }
//! ```
//!
//! # Promises
//! - Each test runs on the main thread of a process of its own that has no other
//!   thread, so it may fork. It starts with the default signal dispositions and an
//!   empty signal mask, whatever `cargo test` inherited.
//! - A test fails if it panics, returns an error, is killed, exits before it returns,
//!   or exceeds its deadline ([`DEADLINE`], unless the list gives another).
//! - A test fails if it leaves a process behind: a child, running or a zombie, or a
//!   running descendant that it had disowned. The failure names the process.
//! - A process that a test starts ends with the test: everything below the test is
//!   killed once the test has ended, exceeded its deadline or been killed, and also
//!   when the test binary is killed by SIGKILL or, if cargo or nextest started it, when
//!   that parent is. A *keeper* does this, one process for each test: a subreaper
//!   (`PR_SET_CHILD_SUBREAPER`), so that no descendant of the test can get out of its
//!   reach. If the keeper itself is killed, the test dies (`PR_SET_PDEATHSIG`); its
//!   descendants may survive in this case alone.
//! - Standard output and standard error are captured and shown if the test fails;
//!   `--nocapture` lets them through.
//! - The command line is libtest's, by `libtest-mimic`. One test runs at a time, unless
//!   `--test-threads` asks for more.

use std::panic::catch_unwind;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::Signal;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{PidfdFlags, WaitId, WaitIdOptions, getppid, pidfd_open, waitid};
use shared::{SKIPPED, Skipped};

use crate::test::{FAILED, KEEPER, PASSED, PROCESS};
use crate::{keeper, processes};

pub use crate::test::{DEADLINE, Test};

/// Defines `main` for a test file with `harness = false`: a list of test functions,
/// each with `=> DEADLINE` where one minute is too short, and with `#[ignore]` before
/// it where it runs only on request (`--ignored`, `--include-ignored`).
#[macro_export]
macro_rules! main {
    (@ is_ignored) => { false };
    (@ is_ignored ignore) => { true };
    ($($(#[$ignore:ident])? $test:path $(=> $deadline:expr)?),+ $(,)?) => {
        fn main() -> ::std::process::ExitCode {
            static TESTS: &[$crate::harness::Test] = &[$($crate::harness::Test {
                name: ::std::stringify!($test),
                deadline: [$($deadline,)? $crate::harness::DEADLINE][0],
                is_ignored: $crate::main!(@ is_ignored $($ignore)?),
                run: || ::std::process::Termination::report($test()),
            }),+];
            $crate::harness::main(TESTS)
        }
    };
}

/// Ends the current test as skipped, which counts as ignored, with the reason and the
/// remedy.
///
/// # Panics
/// Where `CI` is set: the test fails there.
pub fn skip(reason: &str, remedy: &str) -> ! {
    let skipped = Skipped { reason: reason.to_owned(), remedy: remedy.to_owned() };
    assert!(std::env::var_os("CI").is_none(), "{skipped}, and CI skips nothing");
    eprintln!("{skipped}");
    std::process::exit(i32::from(SKIPPED));
}

#[doc(hidden)]
#[must_use]
pub fn main(tests: &'static [Test]) -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let named =
        |name: &str| tests.iter().find(|test| test.name == name).expect("a test");
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [KEEPER, name, captured] => keeper::main(named(name), *captured == "true"),
        [PROCESS, name, keeper] => process(named(name), keeper),
        _ => run(tests),
    }
}

/// Runs the tests that the command line asks for.
fn run(tests: &'static [Test]) -> ExitCode {
    shared::signals::restore().expect("signals");
    // Cargo sets this variable for the tests that it runs, and so does nextest.
    if std::env::var_os("CARGO_MANIFEST_DIR").is_some() {
        std::thread::spawn(end_with_parent);
    }
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(1);
    let captured = !arguments.nocapture;
    let trial = |test: &'static Test| {
        Trial::ignorable_test(test.name, move || keeper::run(test, captured))
            .with_ignored_flag(test.is_ignored)
    };
    libtest_mimic::run(&arguments, tests.iter().map(trial).collect()).exit_code()
}

/// Ends this process when its parent has ended; the keepers do the rest.
fn end_with_parent() {
    let Some(parent) = getppid() else { return };
    let Ok(parent) = pidfd_open(parent, PidfdFlags::empty()) else {
        std::process::exit(1) // It has ended already.
    };
    while poll(&mut [PollFd::new(&parent, PollFlags::IN)], None).is_err() {}
    std::process::exit(1);
}

/// Runs a test in this process.
fn process(test: &Test, keeper: &str) -> ExitCode {
    set_pdeathsig(Signal::SIGKILL).expect("a signal at the keeper's death");
    if std::os::unix::process::parent_id().to_string() != keeper {
        return ExitCode::from(FAILED); // The keeper has died before.
    }
    shared::signals::reset().expect("signals");
    let pid = std::process::id();
    let passed = catch_unwind(test.run).is_ok_and(|code| code == ExitCode::SUCCESS);
    if std::process::id() != pid {
        eprintln!("a child of the test has returned from the test's function");
        std::process::abort();
    }
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    let has_children = waitid(WaitId::All, options).is_ok();
    if has_children {
        for child in processes::below(pid).iter().filter(|it| it.parent == pid) {
            eprintln!("left behind: {child}");
        }
    }
    ExitCode::from(if passed && !has_children { PASSED } else { FAILED })
}
