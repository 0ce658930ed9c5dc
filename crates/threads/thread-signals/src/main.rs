//! The scenes of `thread-signals`, in the notes' order, and two of them by hand.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use interleavings::program;
use shared::{Need, scene};

mod by_hand;

mod scenes {
    pub mod cancel;
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
        .scene(scene!(timer))
        .scene(scene!(semaphore))
        .scene(scene!(traffic_light))
        // The ctrlc crate waits for the next signal in a thread that never ends.
        .scene(scene!(ctrl_c).needs(Need::Threads))
        .scene(scene!(notify_n).explores(program!(notify_n::two_of_three)))
        .scene(scene!(wait_for))
        .scene(scene!(cancel))
        .scene(scene!(last_moment))
        .command(by_hand::command(), by_hand::run)
        .main()
}
