//! Counting by hand: `count epoll` reads one message, and tells the system calls.

use anyhow::Context as _;
use clap::{Arg, ArgMatches, Command};
use io_models::Call;
use io_models::kit::measured;
use shared::{Result, say};

use crate::models::{MODELS, Read};

/// The model that reads nothing from the same source: the calls of all the rest.
const NOTHING: &str = "nothing";

/// `count MODEL`.
pub fn command() -> Command {
    let names = MODELS.iter().map(|(name, _)| *name).chain([NOTHING]);
    let model = Arg::new("model")
        .required(true)
        .value_name("MODEL")
        .help("The model; `nothing` reads nothing, for comparison")
        .value_parser(clap::builder::PossibleValuesParser::new(names));
    Command::new("count")
        .about("Read one message from a slow source and count the system calls")
        .after_help(
            "Compare with: strace -c PROGRAM count MODEL\nstrace counts the start of \
             the program, too: that is `count nothing`.",
        )
        .arg(model)
}

/// Reads by the model, and prints what it took, one system call a line.
pub fn run(matches: &ArgMatches) -> Result {
    let wanted: &String = matches.get_one("model").context("a model")?;
    let model = MODELS.iter().find(|(name, _)| name == wanted);
    let nothing: Read = |_, _, _| Ok(Vec::new());
    let (message, spent, steps) = measured(model.map_or(nothing, |(_, read)| *read))?;
    say!("read: {}", String::from_utf8_lossy(&message));
    say!("{spent}; steps of useful work: {steps}");
    for call in Call::ALL {
        say!("{} {}", call.names()[0], spent.calls.of(call));
    }
    Ok(())
}
