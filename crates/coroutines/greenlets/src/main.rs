//! The scenes of `greenlets`: how to switch, and then what it gives and costs.

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
        .scene(scene!(order))
        .scene(scene!(values))
        .scene(scene!(eat_and_sleep))
        .scene(scene!(switch_for_nothing).needs(Need::Alone))
        .scene(scene!(cost).needs(Need::Alone).needs(Need::Threads))
        .main()
}
