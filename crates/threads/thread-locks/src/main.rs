//! The scenes of `thread-locks`, in the notes' order.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use interleavings::program;
use shared::scene;

mod scenes {
    pub mod atomic;
    pub mod countdown;
    pub mod lock;
    pub mod lucky_run;
    pub mod race;
    pub mod readers_writer;
    pub mod rlock;
    pub mod self_deadlock;
    pub mod two_locks;
    pub mod zeroes;
}

fn main() -> ExitCode {
    shared::topic!()
        .scene(scene!(race).explores(program!(race::race)))
        .scene(scene!(lock).explores(program!(lock::race)))
        .scene(scene!(atomic).explores(program!(atomic::race)))
        .scene(scene!(self_deadlock))
        .scene(scene!(two_locks).explores(program!(two_locks::by_level)))
        .scene(scene!(lucky_run).explores(program!(lucky_run::at_the_same_time)))
        .scene(scene!(rlock))
        .scene(scene!(readers_writer))
        .scene(scene!(zeroes).explores(program!(zeroes::three)))
        .scene(scene!(countdown))
        .main()
}
