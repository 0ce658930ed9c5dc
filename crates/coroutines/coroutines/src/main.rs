//! The scenes of `coroutines`, in the notes' order.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use shared::{Need, scene};

mod scenes {
    pub mod blocking_blocks;
    pub mod cancel;
    pub mod eat_and_play;
    pub mod foo_bar;
    pub mod hundred;
    pub mod nursery;
    pub mod one_to_end;
    pub mod storm;
    pub mod ten_thousand;
}

fn main() -> ExitCode {
    // may has no way to end its threads.
    shared::topic!()
        .scene(scene!(eat_and_play).needs(Need::Threads))
        .scene(scene!(blocking_blocks).needs(Need::Threads))
        .scene(scene!(hundred).needs(Need::Threads))
        .scene(scene!(one_to_end).needs(Need::Threads))
        .scene(scene!(ten_thousand).needs(Need::Alone).needs(Need::Threads))
        .scene(scene!(foo_bar).needs(Need::Threads))
        .scene(scene!(nursery).needs(Need::Threads))
        .scene(scene!(cancel).needs(Need::Threads))
        .scene(scene!(storm).needs(Need::Threads))
        .main()
}
