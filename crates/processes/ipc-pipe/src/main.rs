//! The scenes of `ipc-pipe`, in the notes' order.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use shared::scene;

mod scenes {
    pub mod copy_not_share;
    pub mod duplex;
    pub mod hang_up;
    pub mod large;
    pub mod queue;
}

fn main() -> ExitCode {
    shared::topic!()
        .scene(scene!(queue))
        .scene(scene!(copy_not_share))
        .scene(scene!(duplex))
        .scene(scene!(large))
        .scene(scene!(hang_up))
        .main()
}
