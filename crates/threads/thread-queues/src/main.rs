//! The scenes of `thread-queues`, in the notes' order.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use interleavings::program;
use shared::scene;

mod scenes {
    pub mod any_value;
    pub mod fifo;
    pub mod join;
    pub mod lifo;
    pub mod priority;
    pub mod shutdown;
    pub mod timeouts;
}

fn main() -> ExitCode {
    shared::topic!()
        .scene(scene!(fifo))
        .scene(scene!(lifo))
        .scene(scene!(priority))
        .scene(scene!(any_value))
        .scene(scene!(timeouts))
        .scene(scene!(shutdown))
        .scene(scene!(join).explores(program!(join::one_apple)))
        .main()
}
