//! Instruments that drive and measure a server, apart from the servers themselves.
//!
//! | module | role |
//! |---|---|
//! | `affinity` | [`share_one_core`], [`stay_on`]: the cores that a thread may run on |
//! | [`by_hand`] | the commands `serve`, `talk` and `load` |
//! | `client` | [`Client`]: a connection whose answers are checked |
//! | `clients` | [`Clients`] of a server that runs on the caller's thread |
//! | `answer` | [`Answer`]: the check of an answer, byte by byte |
//! | `load` | [`Load`]: many clients on one thread, and what came of it |
//! | `loader` | one of these clients |
//! | `log` | [`Log`]: lines on standard output, which never block a server |
//! | `reports` | [`Reports`]: the events of a server, waited for |
//! | `statistics` | [`Statistics`]: the counters of a server |
//! | `threads` | threads begun at once, counted, and measured |
//! | `visitor` | [`Visitor`]: a client that says what it does |
//! | [`edge`] | the tests that every server must pass |

mod affinity;
mod answer;
pub mod by_hand;
mod client;
mod clients;
pub mod edge;
mod load;
mod loader;
mod log;
mod reports;
mod statistics;
mod threads;
mod visitor;

pub use affinity::{share_one_core, stay_on, usable_cores};
pub use answer::{Answer, Wrong};
pub use client::{Client, PATIENCE};
pub use clients::Clients;
pub use load::{Load, Outcome, Until};
pub use log::Log;
pub use reports::{Reports, reports};
pub use statistics::Statistics;
pub use threads::{at_once, cpu_time, threads};
pub use visitor::{Received, SOON, Visitor, receive};
