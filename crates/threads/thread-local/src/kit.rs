//! What drives the mechanism in the scenes, and what counts there.

mod tally;
mod threads;

pub use tally::{Counts, Tally};
pub use threads::threads;
