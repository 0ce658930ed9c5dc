//! The scenes of `joinable-queue`, in the notes' order.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use shared::scene;

mod scenes {
    pub mod apples;
    pub mod killed_consumer;
    pub mod threads;
    pub mod too_many_done;
}

fn main() -> ExitCode {
    shared::topic!()
        .scene(scene!(apples))
        .scene(scene!(killed_consumer))
        .scene(scene!(too_many_done))
        .scene(scene!(threads))
        .main()
}
