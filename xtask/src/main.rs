//! The runner: plays and checks the programs of all topics. It knows none of them by
//! name.

#![forbid(unsafe_code)]

mod bench;
mod book;
mod cli;
mod doctor;
mod failure;
mod figures;
mod guard;
mod house;
mod judge;
mod list;
mod new;
mod note;
mod notes;
mod picture;
mod play;
mod programs;
mod progress;
mod results;
mod save;
mod shm;
mod spread;
mod table;
mod transcript;
mod twin;
mod units;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
