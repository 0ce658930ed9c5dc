//! The lifelines of the supervisors: cut, all of them end what they have started.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::io::Write as _;
use std::process::ChildStdin;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, Result, bail};

/// The runner was interrupted.
#[derive(Debug)]
pub struct Interrupted;

impl Display for Interrupted {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

/// Has all supervisors end what they supervise, and refuses new ones.
pub fn interrupt() {
    *Lifelines::lock() = Lifelines::Cut;
}

/// Whether [`interrupt`] has been called.
pub fn interrupted() -> bool {
    matches!(*Lifelines::lock(), Lifelines::Cut)
}

/// The supervisors' standard inputs, by number.
enum Lifelines {
    Held(BTreeMap<u64, ChildStdin>),
    Cut,
}

static LIFELINES: Mutex<Lifelines> = Mutex::new(Lifelines::Held(BTreeMap::new()));

impl Lifelines {
    fn lock() -> MutexGuard<'static, Self> {
        // The map is whole at every moment, so a panic elsewhere has done it no harm.
        LIFELINES.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends the order, and keeps the lifeline until it is dropped or cut.
pub fn add(mut lifeline: ChildStdin, order: &str) -> Result<u64> {
    let mut lines = Lifelines::lock();
    let Lifelines::Held(held) = &mut *lines else { bail!(Interrupted) };
    writeln!(lifeline, "{order}").context("cannot give a supervisor its order")?;
    let number = held.last_key_value().map_or(0, |(last, _)| last + 1);
    held.insert(number, lifeline);
    Ok(number)
}

/// Drops a lifeline: its supervisor has ended.
pub fn drop(number: u64) {
    if let Lifelines::Held(held) = &mut *Lifelines::lock() {
        held.remove(&number);
    }
}
