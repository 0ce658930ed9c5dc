//! The scenes of `thread-pool`, in the notes' order.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use interleavings::program;
use shared::scene;

mod scenes {
    pub mod callbacks;
    pub mod close;
    pub mod counted_late;
    pub mod fork_join;
    pub mod permits;
    pub mod reuse;
    pub mod tasks_that_wait;
    pub mod terminate;
}

fn main() -> ExitCode {
    shared::topic!()
        .scene(scene!(permits))
        .scene(scene!(callbacks))
        .scene(scene!(close))
        .scene(scene!(terminate))
        .scene(
            scene!(counted_late)
                .explores(program!(counted_late::counted_by_itself))
                .explores(program!(counted_late::counted_by_the_starter)),
        )
        .scene(scene!(tasks_that_wait))
        .scene(scene!(fork_join))
        .scene(scene!(reuse))
        .main()
}
