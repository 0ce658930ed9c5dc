//! The scenes of `thread-local`, in the notes' order.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use interleavings::program;
use shared::{Need, scene};

mod scenes {
    pub mod by_ident;
    pub mod clobbered;
    pub mod context;
    pub mod fields;
    pub mod inherit;
    pub mod leak;
    pub mod per_object;
    pub mod std;
    pub mod tasks;
}

fn main() -> ExitCode {
    shared::topic!()
        .scene(scene!(clobbered).explores(program!(clobbered::set_and_read)))
        .scene(scene!(std))
        .scene(scene!(by_ident))
        .scene(scene!(leak))
        .scene(scene!(fields))
        .scene(scene!(per_object))
        .scene(scene!(context).needs(Need::Threads))
        .scene(scene!(tasks))
        .scene(scene!(inherit).needs(Need::Threads))
        .main()
}
