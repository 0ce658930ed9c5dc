//! The runner: plays and checks the programs of all topics. It knows none of them by
//! name.

#![forbid(unsafe_code)]

// The commands.
mod bench;
mod book;
mod breaks;
mod coverage;
mod doctor;
mod explore;
mod list;
mod new;
mod picture;
mod play;
mod stress;
mod twin;
mod watch;

// Their parts.
mod cli;
mod notes;
mod print;
mod programs;
mod supervise;
mod workers;
mod workspace;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
