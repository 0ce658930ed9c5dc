//! The scenes of `scheduling`, in the notes' order, and the simulator for jobs of one's
//! own.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use shared::{Need, scene};

mod by_hand;

mod scenes {
    pub mod compare;
    pub mod concurrent_parallel;
    pub mod fair;
    pub mod first_come_first_served;
    pub mod kernel;
    pub mod multilevel_feedback;
    pub mod multiprogramming;
    pub mod real_time;
    pub mod round_robin;
    pub mod shortest_job_first;
    pub mod states;
}

fn main() -> ExitCode {
    shared::topic!()
        .scene(scene!(multiprogramming))
        .scene(scene!(real_time))
        .scene(scene!(concurrent_parallel))
        .scene(scene!(states))
        .scene(scene!(first_come_first_served))
        .scene(scene!(shortest_job_first))
        .scene(scene!(round_robin))
        .scene(scene!(multilevel_feedback))
        .scene(scene!(compare))
        .scene(scene!(fair))
        // Under a realtime class its children take a core away from all others.
        .scene(scene!(kernel).needs(Need::Alone))
        .command(by_hand::command(), by_hand::run)
        .main()
}
