//! The scenes of `scopes`, in the notes' order.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use shared::scene;

mod scenes {
    pub mod block;
    pub mod captures;
    pub mod chain;
    pub mod faults;
    pub mod late_binding;
    pub mod temporaries;
}

fn main() -> ExitCode {
    shared::topic!()
        .scene(scene!(block))
        .scene(scene!(chain))
        .scene(scene!(late_binding))
        .scene(scene!(captures))
        .scene(scene!(temporaries))
        .scene(scene!(faults))
        .main()
}
