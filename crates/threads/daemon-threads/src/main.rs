//! The scenes of `daemon-threads`.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use interleavings::program;
use shared::scene;

mod scenes {
    pub mod all_are_daemons;
    pub mod grandson;
    pub mod half_written;
    pub mod panic;
    pub mod son_and_daemon;
    pub mod too_late;
}

fn main() -> ExitCode {
    shared::topic!()
        .scene(scene!(all_are_daemons))
        .scene(scene!(son_and_daemon))
        .scene(
            scene!(grandson)
                .explores(program!(grandson::looks_once))
                .explores(program!(grandson::crew)),
        )
        .scene(scene!(too_late))
        .scene(scene!(panic))
        .scene(scene!(half_written))
        .main()
}
