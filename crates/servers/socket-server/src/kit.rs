//! Instruments that drive and measure a server, apart from the servers themselves.
//!
//! | module | role |
//! |---|---|
//! | [`by_hand`] | the commands `serve`, `talk` and `load` |
//! | `client` | [`Client`]: a connection whose answers are checked |
//! | `answer` | [`Answer`]: the check of an answer, byte by byte |
//! | `load` | [`Load`]: many clients on one thread, and what came of it |
//! | `loader` | one of these clients |
//! | `log` | [`Log`]: lines on standard output, which never block a server |
//! | `affinity` | [`share_one_core`]: two threads that answer each other, on one core |
//! | `statistics` | [`Statistics`]: the counters of a server |
//! | [`edge`] | the tests that every server must pass |

mod affinity;
mod answer;
pub mod by_hand;
mod client;
pub mod edge;
mod load;
mod loader;
mod log;
mod statistics;

pub use affinity::share_one_core;
pub use answer::{Answer, Wrong};
pub use client::{Client, PATIENCE};
pub use load::{Load, Outcome, Until};
pub use log::Log;
pub use statistics::Statistics;
