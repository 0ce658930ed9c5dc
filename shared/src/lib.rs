//! What every topic's program shares, and nothing that only one of them needs.
//!
//! A program is a [`Topic`]: a list of [`Scene`]s and a command line. Within a scene
//! [`say!`] tells what happens, [`claim!`] proves what must be true, and [`pace`]
//! stands for the notes' sleeps; every line bears the name of the [`lane`] that speaks.
//! With `SCENE_TRACE=FILE` all of it is also recorded ([`trace`]).
//!
//! ```no_run
//! # mod scenes { pub mod apples { pub fn play() -> shared::Result { Ok(()) } } }
//! use std::process::ExitCode;
//!
//! fn main() -> ExitCode {
//!     shared::topic!()
//!         .scene(shared::Scene::new(
//!             "apples",
//!             // The first line of src/scenes/apples.rs.
//!             "//! N2.13: every apple is eaten.",
//!             scenes::apples::play,
//!         ))
//!         .main()
//! }
//! ```

#![deny(unsafe_code)]

pub mod bench;
pub mod claim;
pub mod exploration;
mod explore;
pub mod explored;
pub mod lane;
pub mod line;
pub mod pace;
mod play;
mod program;
pub mod seed;
pub mod signals;
mod skip;
mod topic;
pub mod trace;

pub use explore::Explored;
pub use skip::{SKIPPED, Skipped};
pub use topic::{Description, Need, Scene, SceneDescription, Topic};

/// What a scene returns: nothing, or the error that ended it.
pub type Result<T = (), E = anyhow::Error> = std::result::Result<T, E>;

#[doc(hidden)]
pub use anyhow;
