//! The scenes of `selectors-server`, in the notes' order, and the server and its client
//! to use by hand.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use shared::scene;

mod scenes {
    pub mod backends;
    pub mod callbacks;
    pub mod message_queues;
    pub mod select_limit;
    pub mod slow_reader;
    pub mod thousand;
}
mod serve;

fn main() -> ExitCode {
    shared::topic!()
        .scene(scene!(callbacks))
        .scene(scene!(message_queues))
        .scene(scene!(backends))
        .scene(scene!(thousand))
        .scene(scene!(slow_reader))
        .scene(scene!(select_limit))
        .command(serve::serve_command(), serve::serve)
        .command(serve::talk_command(), serve::talk)
        .command(serve::load_command(), serve::load)
        .main()
}
