//! The scenes of `threads`, in the notes' order.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use interleavings::program;
use shared::scene;

mod scenes {
    pub mod join_timeout;
    pub mod lifecycle;
    pub mod names;
    pub mod not_started;
    pub mod own_type;
    pub mod panics;
    pub mod scoped;
    pub mod spawn;
    pub mod squares;
    pub mod times;
}

fn main() -> ExitCode {
    shared::topic!()
        .scene(scene!(spawn))
        .scene(scene!(own_type))
        .scene(scene!(names))
        .scene(scene!(squares))
        .scene(scene!(not_started))
        .scene(scene!(join_timeout).explores(program!(join_timeout::race)))
        .scene(scene!(scoped))
        .scene(scene!(panics))
        .scene(scene!(lifecycle))
        .scene(scene!(times))
        .main()
}
