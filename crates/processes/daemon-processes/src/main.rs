//! The scenes of `daemon-processes`: the note's, and what it leaves open.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use shared::scene;

mod scenes {
    pub mod parent_killed;
    pub mod service;
    pub mod watchman;
}

fn main() -> ExitCode {
    shared::topic!()
        .scene(scene!(watchman))
        .scene(scene!(parent_killed))
        .scene(scene!(service))
        .main()
}
