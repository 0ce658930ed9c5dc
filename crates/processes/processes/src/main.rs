//! The scenes of `processes`, in the notes' order.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use shared::scene;

mod scenes {
    pub mod arguments;
    pub mod beginnings;
    pub mod control;
    pub mod endings;
    pub mod isolation;
    pub mod mails;
    pub mod orphans;
    pub mod own_type;
    pub mod zombie;
}

fn main() -> ExitCode {
    shared::topic!()
        .scene(scene!(beginnings))
        .scene(scene!(endings))
        .scene(scene!(arguments))
        .scene(scene!(isolation))
        .scene(scene!(control))
        .scene(scene!(zombie))
        .scene(scene!(orphans))
        .scene(scene!(mails))
        .scene(scene!(own_type))
        .main()
}
