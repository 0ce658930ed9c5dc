//! The scenes of `ticket-lock`, in the notes' order.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use clap::Command;
use interleavings::program;
use shared::scene;

mod contest;
mod shares;
mod turns;

mod scenes {
    pub mod array;
    pub mod fairness;
    pub mod killed_holder;
    pub mod oversold;
    pub mod screen;
    pub mod sold_once;
}

fn main() -> ExitCode {
    shared::topic!()
        .scene(scene!(oversold).explores(program!(oversold::model)))
        .scene(scene!(sold_once))
        .scene(scene!(killed_holder))
        .scene(scene!(fairness))
        .scene(scene!(screen))
        .scene(scene!(array))
        .command(
            Command::new("turns").about("Measure the turns of four locks"),
            turns::measure,
        )
        .main()
}
