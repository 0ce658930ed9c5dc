//! The notes' programs that ask at the keyboard, played by hand.

use clap::{Arg, ArgMatches, Command};
use shared::Result;

use crate::scenes::{notify_n, traffic_light};

const SCENE: &str = "SCENE";

/// The command line: `by-hand notify-n`.
pub fn command() -> Command {
    Command::new("by-hand")
        .about("Play a scene whose note asks at the keyboard, and type the answers")
        .arg(
            Arg::new(SCENE)
                .help(
                    "traffic-light: Enter turns the light green; notify-n: a number \
                     lets as many threads pass, q ends the program",
                )
                .value_parser(["traffic-light", "notify-n"])
                .default_value("traffic-light"),
        )
}

/// Plays the scene.
pub fn run(matches: &ArgMatches) -> Result {
    match matches.get_one::<String>(SCENE).map(String::as_str) {
        Some("notify-n") => notify_n::by_hand(),
        _ => traffic_light::by_hand(),
    }
}
