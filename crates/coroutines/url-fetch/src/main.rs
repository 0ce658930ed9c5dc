//! The scenes of `url-fetch`, in the notes' order, the tool that fetches URLs, and the
//! server of faults to try any client against.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use shared::scene;

mod by_hand;
mod save;
mod scenes {
    pub mod blocking;
    pub mod bodies;
    pub mod cancel;
    pub mod concurrent;
    pub mod limit;
    pub mod outcomes;
    pub mod serial;
    pub mod timeouts;
}

fn main() -> ExitCode {
    shared::topic!()
        .scene(scene!(serial))
        .scene(scene!(concurrent))
        .scene(scene!(blocking))
        .scene(scene!(limit))
        .scene(scene!(timeouts))
        .scene(scene!(outcomes))
        .scene(scene!(bodies))
        .scene(scene!(cancel))
        .command(by_hand::fetch_command(), by_hand::fetch)
        .command(by_hand::faults_command(), by_hand::faults)
        .main()
}
