//! The names of explored threads, for the lines that they print.

use crate::run;

/// The name of the explored thread that runs, if the caller is one.
pub(crate) fn running() -> Option<String> {
    let run = run::current()?;
    let world = run.world();
    Some(world.name(world.running()).to_owned())
}
