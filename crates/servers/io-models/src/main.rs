//! The scenes of `io-models`, in the notes' order, and the models to count by hand.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use shared::{Need, scene};

mod by_hand;
mod models;

mod scenes {
    pub mod asynchronous;
    pub mod blocking;
    pub mod compare;
    pub mod copies;
    pub mod level_or_edge;
    pub mod multiplexing;
    pub mod non_blocking;
    pub mod page_cache;
    pub mod polled_ring;
    pub mod posix_aio;
    pub mod ready_or_done;
    pub mod signal_driven;
    pub mod switches;
}

fn main() -> ExitCode {
    shared::topic!()
        .scene(scene!(switches))
        .scene(scene!(copies))
        .scene(scene!(page_cache))
        .scene(scene!(blocking))
        .scene(scene!(non_blocking))
        .scene(scene!(multiplexing))
        .scene(scene!(level_or_edge))
        .scene(scene!(signal_driven))
        // glibc keeps its threads for a second after their last read.
        .scene(scene!(posix_aio).needs(Need::Threads))
        .scene(scene!(asynchronous))
        .scene(scene!(polled_ring))
        .scene(scene!(ready_or_done))
        .scene(scene!(compare).needs(Need::Threads))
        .command(by_hand::command(), by_hand::run)
        .main()
}
