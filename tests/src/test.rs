//! A test of a list, and the words by which its processes know each other.

use std::process::ExitCode;
use std::time::Duration;

/// The time that a test may take if the list gives no other.
pub const DEADLINE: Duration = Duration::from_mins(1);

/// The exit code of a test that passed. It differs from 0, with which a test that calls
/// `exit` or a child that runs on as the test may end.
pub(crate) const PASSED: u8 = 86;

/// The exit code of a test that failed, as after a panic.
pub(crate) const FAILED: u8 = 101;

/// The first argument of a keeper and of a test's process.
pub(crate) const KEEPER: &str = "--keeper-of-test";
pub(crate) const PROCESS: &str = "--process-of-test";

/// A test of the list.
#[doc(hidden)]
#[derive(Debug)]
pub struct Test {
    pub name: &'static str,
    pub deadline: Duration,
    pub is_ignored: bool,
    pub run: fn() -> ExitCode,
}
