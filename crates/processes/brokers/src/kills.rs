//! The kill table: `kills` kills consumers, and brokers, and says what becomes of the
//! apples.

use std::time::Duration;

use anyhow::Context as _;
use brokers::kit::kills::{Discipline, Outcome, brokers, consumers};
use brokers::kit::{self, Server};
use clap::{Arg, ArgMatches, Command, value_parser};
use shared::{Result, seed};

const EXAMPLE: &str = "Example:\n  cargo run -p brokers -- kills --kills 20";

/// `kills --kills 200`
pub fn command() -> Command {
    Command::new("kills")
        .about("Kill consumers and brokers, and count the apples that are lost")
        .arg(
            Arg::new("kills")
                .long("kills")
                .value_name("NUMBER")
                .default_value("200")
                .value_parser(value_parser!(u32).range(1..=100_000))
                .help("Consumers to kill for each way to acknowledge"),
        )
        .arg(
            Arg::new("restarts")
                .long("restarts")
                .value_name("NUMBER")
                .default_value("10")
                .value_parser(value_parser!(u32).range(1..=1_000))
                .help("Brokers to kill and to start again, of each kind"),
        )
        .after_help(EXAMPLE)
}

/// Prints a line for each way to acknowledge.
pub fn run(matches: &ArgMatches) -> Result {
    let seed = seed::announce();
    let number = |name| matches.get_one::<u32>(name).copied().context("no number");
    let (kills, restarts) = (number("kills")?, number("restarts")?);
    let kill = |name: &str, server: &Server, discipline| {
        row(name, kills, &consumers(server, discipline, kills, seed)?);
        Ok::<(), anyhow::Error>(())
    };
    println!(
        "{:29} {:>5} {:>8} {:>5} {:>5}  delay: median, worst",
        "killed", "kills", "accepted", "lost", "twice"
    );
    kit::redis(false, |redis| {
        kill("consumer: BLPOP", redis, Discipline::List)?;
        kill("consumer: BLMOVE", redis, Discipline::Reliable)?;
        kill("consumer: stream", redis, Discipline::Stream)
    })?;
    kit::rabbitmq(|rabbitmq| {
        kill("consumer: RabbitMQ, automatic", rabbitmq, Discipline::Automatic)?;
        kill("consumer: RabbitMQ, manual", rabbitmq, Discipline::Manual)
    })?;
    kit::redis(true, |redis| {
        let outcome = brokers(redis, "redis+reliable", restarts, seed)?;
        row("broker: Redis, BLMOVE", restarts, &outcome);
        Ok(())
    })?;
    kit::rabbitmq(|rabbitmq| {
        let outcome = brokers(rabbitmq, "amqp", restarts, seed)?;
        row("broker: RabbitMQ", restarts, &outcome);
        Ok(())
    })
}

fn row(name: &str, kills: u32, outcome: &Outcome) {
    let Outcome { accepted, lost, twice, delays } = outcome;
    let delay = match (delays.get(delays.len() / 2), delays.last()) {
        (Some(median), Some(worst)) => format!("{}, {}", ms(*median), ms(*worst)),
        _ => "-".to_owned(),
    };
    println!("{name:29} {kills:>5} {accepted:>8} {lost:>5} {twice:>5}  {delay}");
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}
