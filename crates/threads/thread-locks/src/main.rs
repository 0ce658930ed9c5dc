//! The scenes of `thread-locks`, in the notes' order.

#![forbid(unsafe_code)]

use std::process::ExitCode;

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
        .scene(scene!(race))
        .scene(scene!(lock))
        .scene(scene!(atomic))
        .scene(scene!(self_deadlock))
        .scene(scene!(two_locks))
        .scene(scene!(lucky_run))
        .scene(scene!(rlock))
        .scene(scene!(readers_writer))
        .scene(scene!(zeroes))
        .scene(scene!(countdown))
        .main()
}
