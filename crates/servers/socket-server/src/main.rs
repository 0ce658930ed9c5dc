//! The scenes of `socket-server`, in the notes' order, and the server and its client to
//! use by hand.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use shared::scene;
use socket_server::kit::by_hand;

mod scenes {
    pub mod one_at_a_time;
    pub mod pool;
    pub mod reset;
    pub mod thread_per_connection;
}
mod serve;

/// The port of N1.7.
const PORT: &str = "8081";

fn main() -> ExitCode {
    shared::topic!()
        .scene(scene!(one_at_a_time))
        .scene(scene!(thread_per_connection))
        .scene(scene!(reset))
        .scene(scene!(pool))
        .command(serve::command(PORT), serve::run)
        .command(by_hand::talk_command(PORT), |matches| {
            by_hand::talk(matches, serve::PROTOCOL)
        })
        .command(by_hand::load_command(PORT), |matches| {
            by_hand::load(matches, serve::PROTOCOL)
        })
        .main()
}
