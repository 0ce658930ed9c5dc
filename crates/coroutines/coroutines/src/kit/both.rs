//! A program in both kinds of coroutines, one after the other.

use std::time::Instant;

use shared::{Result, pace, say};

use super::one_thread;
use super::told::Told;

/// A run of the program.
#[derive(Debug)]
pub struct Ran {
    /// `with stacks` or `without stacks`.
    pub kind: &'static str,
    /// What the coroutines told.
    pub told: Told,
    /// How long it took, in note-seconds.
    pub time: f64,
}

/// Runs the program on may and checks the run, then on tokio.
///
/// # Errors
/// That of a run or a check.
pub fn both(
    with_stacks: impl FnOnce(&Told) -> Result,
    without_stacks: impl AsyncFnOnce(&Told) -> Result,
    mut check: impl FnMut(&Ran) -> Result,
) -> Result {
    one_thread::for_may();
    check(&run("with stacks", with_stacks)?)?;
    check(&run("without stacks", |told| one_thread::with_tokio(without_stacks(told)))?)
}

fn run(kind: &'static str, program: impl FnOnce(&Told) -> Result) -> Result<Ran> {
    say!("{kind}:");
    let (told, begin) = (Told::default(), Instant::now());
    program(&told)?;
    Ok(Ran { kind, told, time: pace::note_secs(begin.elapsed()) })
}
