//! The scenes of `cpu-vs-io`, in the notes' order.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use shared::{Need, scene};

mod scenes {
    pub mod callbacks;
    pub mod compute;
    pub mod crossover;
    pub mod false_sharing;
    pub mod memory_bound;
    pub mod sleep;
}

fn main() -> ExitCode {
    shared::topic!()
        .scene(scene!(compute).needs(Need::Alone))
        .scene(scene!(sleep).needs(Need::Alone))
        .scene(scene!(callbacks).needs(Need::Alone))
        .scene(scene!(memory_bound).needs(Need::Alone))
        .scene(scene!(false_sharing).needs(Need::Alone))
        .scene(scene!(crossover).needs(Need::Alone))
        .main()
}
