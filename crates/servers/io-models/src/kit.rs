//! What the scenes read from and work on meanwhile: slow sources, and useful work.

#![forbid(unsafe_code)]

mod progress;
mod receiver;
mod skip;
mod source;
mod work;

pub use receiver::{file_of, sent_to_a_receiver};
pub use skip::or_skip;
pub use source::{measured, measured_many};
pub use work::Work;
