//! The scenes of `greenlets`, in the notes' order.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use shared::{Need, scene};

mod scenes {
    pub mod cost;
    pub mod eat_and_sleep;
    pub mod order;
    pub mod switch_for_nothing;
    pub mod values;
}

fn main() -> ExitCode {
    shared::topic!()
        .scene(scene!(switch_for_nothing).needs(Need::Alone))
        .scene(scene!(eat_and_sleep))
        .scene(scene!(values))
        .scene(scene!(cost).needs(Need::Alone).needs(Need::Threads))
        .scene(scene!(order))
        .main()
}
