//! The notes' programs that ask at the keyboard, played by hand.

use std::io;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use clap::{Arg, ArgMatches, Command};
use shared::{Result, say};
use thread_signals::Condition;

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
        Some("notify-n") => notify(),
        _ => traffic_light::cross(press_enter),
    }
}

fn press_enter() -> Result {
    say!("press Enter to turn the light green");
    let read = io::stdin().read_line(&mut String::new());
    let length = read.context("standard input")?;
    ensure!(length > 0, "standard input ended before Enter was pressed");
    Ok(())
}

/// Lets as many threads pass as each line says. `q` ends the program, and with it the
/// threads that still wait; Python's program would wait for them for ever.
fn notify() -> Result {
    let con = Arc::new(Condition::new(()));
    let _told = notify_n::ten_threads(&con)?;
    for line in io::stdin().lines() {
        match line.context("standard input")?.trim() {
            "q" => break,
            n => con.lock().notify(n.parse().with_context(|| format!("{n:?}"))?),
        }
    }
    Ok(())
}
