//! The scenes of `ipc-manager`, in the notes' order.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use interleavings::program;
use shared::scene;

mod scenes {
    pub mod array;
    pub mod isolated;
    pub mod lost_update;
    pub mod manager_killed;
    pub mod shared;
    pub mod update;
}

fn main() -> ExitCode {
    ::shared::topic!()
        .scene(scene!(shared))
        .scene(scene!(lost_update).explores(program!(lost_update::model)))
        .scene(scene!(update))
        .scene(scene!(manager_killed))
        .scene(scene!(isolated))
        .scene(scene!(array))
        .main()
}
