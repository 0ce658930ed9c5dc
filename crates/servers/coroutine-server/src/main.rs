//! The scenes of `coroutine-server`, in the notes' order, and the server and its client
//! to use by hand.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use shared::{Need, scene};
use socket_server::kit::by_hand;

mod clients;
mod scenes {
    pub mod cost;
    pub mod hundred_clients;
    pub mod may;
    pub mod one_thread;
    pub mod ring;
    pub mod tokio;
}
mod serve;

/// The port of N2.28's server.
const PORT: &str = "8080";

fn main() -> ExitCode {
    // may has no way to end its threads.
    shared::topic!()
        .scene(scene!(may).needs(Need::Threads))
        .scene(scene!(tokio))
        .scene(scene!(ring))
        .scene(scene!(one_thread).needs(Need::Threads))
        .scene(scene!(cost).needs(Need::Alone))
        .scene(scene!(hundred_clients).needs(Need::Threads))
        .command(serve::command(PORT), serve::run)
        .command(by_hand::talk_command(PORT), |matches| {
            by_hand::talk(matches, serve::PROTOCOL)
        })
        .command(by_hand::load_command(PORT), |matches| {
            by_hand::load(matches, serve::PROTOCOL)
        })
        .main()
}
