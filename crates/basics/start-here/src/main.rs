//! The scenes of `start-here`, each a step further than the one before.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use shared::scene;

mod scenes {
    pub mod child;
    pub mod join;
    pub mod kill;
    pub mod lock;
    pub mod mails;
    pub mod queue;
}

fn main() -> ExitCode {
    shared::topic!()
        .scene(scene!(child))
        .scene(scene!(mails))
        .scene(scene!(join))
        .scene(scene!(lock))
        .scene(scene!(queue))
        .scene(scene!(kill))
        .main()
}
