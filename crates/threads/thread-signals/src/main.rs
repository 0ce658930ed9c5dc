//! The scenes of `thread-signals`, in the notes' order, and its traffic light by hand.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use clap::Command;
use shared::{Need, scene};

mod scenes {
    pub mod ctrl_c;
    pub mod last_moment;
    pub mod notify_n;
    pub mod semaphore;
    pub mod timer;
    pub mod traffic_light;
    pub mod wait_for;
}

fn main() -> ExitCode {
    shared::topic!()
        .scene(scene!(semaphore))
        .scene(scene!(traffic_light))
        .scene(scene!(notify_n))
        .scene(scene!(wait_for))
        .scene(scene!(timer))
        .scene(scene!(last_moment))
        // The ctrlc crate waits for the next signal in a thread that never ends.
        .scene(scene!(ctrl_c).needs(Need::Threads))
        .command(
            Command::new("by-hand").about("Let Enter turn the traffic light green"),
            scenes::traffic_light::by_hand,
        )
        .main()
}
