//! The scenes of `brokers`, in the notes' order, a producer and a consumer to use by
//! hand, and the kill table.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use shared::scene;

mod by_hand;
mod kills;
mod scenes {
    pub mod broker_restarted;
    pub mod killed_consumer;
    pub mod memcached;
    pub mod rabbitmq;
    pub mod reconnect;
    pub mod redis;
}

fn main() -> ExitCode {
    shared::topic!()
        .scene(scene!(redis))
        .scene(scene!(memcached))
        .scene(scene!(rabbitmq))
        .scene(scene!(killed_consumer))
        .scene(scene!(broker_restarted))
        .scene(scene!(reconnect))
        .command(by_hand::produce_command(), by_hand::produce)
        .command(by_hand::consume_command(), by_hand::consume)
        .command(kills::command(), kills::run)
        .main()
}
