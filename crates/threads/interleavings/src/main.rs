//! The scenes of `interleavings`: faults and their cures, in the order of their
//! difficulty.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use shared::scene;

mod scenes {
    pub mod check_then_act;
    pub mod crosswise;
    pub mod lost_update;
    pub mod lost_wakeup;
    pub mod outcomes;
    pub mod with_a_lock;
}

fn main() -> ExitCode {
    shared::topic!()
        .scene(scene!(lost_update))
        .scene(scene!(with_a_lock))
        .scene(scene!(check_then_act))
        .scene(scene!(crosswise))
        .scene(scene!(lost_wakeup))
        .scene(scene!(outcomes))
        .main()
}
