//! A producer and a consumer for a broker of the reader's own: `produce --url URL` and
//! `consume --url URL`.

use std::io::{BufRead as _, Write as _};
use std::time::Duration;

use anyhow::Context as _;
use brokers::{Delivery, MAX_ITEM};
use clap::{Arg, ArgMatches, Command, value_parser};
use shared::Result;

const EXAMPLE: &str = "The URL is redis://, redis+list://, redis+reliable://, \
     memcached:// or amqp://, with the user and the password in it. A broker that is \
     gone is connected to again, for up to the patience.\n\nExample:\n  \
     cargo run -p brokers -- produce --url redis://:secret@localhost < apples.txt\n  \
     cargo run -p brokers -- consume --url redis://:secret@localhost";

/// `produce --url redis://…`
pub fn produce_command() -> Command {
    options(Command::new("produce"))
        .about("Put each line of standard input into a queue of a broker")
        .after_help(EXAMPLE)
}

/// `consume --url redis://…`
pub fn consume_command() -> Command {
    options(Command::new("consume"))
        .about("Print what is in a queue of a broker, and acknowledge it")
        .arg(
            Arg::new("wait")
                .long("wait")
                .value_name("SECONDS")
                .default_value("5")
                .value_parser(value_parser!(u64).range(0..=3600))
                .help("End when nothing has come for so long"),
        )
        .after_help(EXAMPLE)
}

fn options(command: Command) -> Command {
    command
        .arg(
            Arg::new("url")
                .long("url")
                .value_name("URL")
                .required(true)
                .help("The broker"),
        )
        .arg(
            Arg::new("queue")
                .long("queue")
                .value_name("NAME")
                .default_value("apples")
                .help("The queue"),
        )
        .arg(
            Arg::new("patience")
                .long("patience")
                .value_name("SECONDS")
                .default_value("10")
                .value_parser(value_parser!(u64).range(0..=3600))
                .help("How long to try to reach a broker that is gone"),
        )
}

/// Puts each line; a line whose put fails with the connection is put again.
pub fn produce(matches: &ArgMatches) -> Result {
    let mut broker = brokers::connect(text(matches, "url")?, text(matches, "queue")?)?;
    let mut input = std::io::stdin().lock();
    let (mut line, mut count) = (Vec::new(), 0);
    // One byte more than an item may have, so that a line without an end is refused
    // instead of filling the memory.
    let most = MAX_ITEM as u64 + 2;
    loop {
        line.clear();
        let read =
            std::io::Read::take(&mut input, most).read_until(b'\n', &mut line)?;
        if read == 0 {
            break;
        }
        let item = line.strip_suffix(b"\n").unwrap_or(&line);
        match broker.put(item) {
            Err(error) if error.is_gone() => {
                broker = again(matches, &error)?;
                broker.put(item)?;
            }
            put => put.with_context(|| format!("line {}", count + 1))?,
        }
        count += 1;
    }
    eprintln!("put {count} items");
    Ok(())
}

/// Prints and acknowledges until nothing has come for a while.
pub fn consume(matches: &ArgMatches) -> Result {
    let mut broker = brokers::connect(text(matches, "url")?, text(matches, "queue")?)?;
    let wait = Duration::from_secs(number(matches, "wait")?);
    loop {
        let got = match broker.get(wait) {
            Ok(None) => return Ok(()),
            Ok(Some(delivery)) => {
                print(&delivery)?;
                // Only now: an item that is not printed is delivered again.
                broker.ack(delivery)
            }
            Err(error) => Err(error),
        };
        match got {
            Err(error) if error.is_gone() => broker = again(matches, &error)?,
            acknowledged => acknowledged?,
        }
    }
}

fn print(delivery: &Delivery) -> Result {
    let mut out = std::io::stdout().lock();
    if delivery.redelivered {
        eprintln!("the next item has been delivered before");
    }
    out.write_all(&delivery.item)?;
    out.write_all(b"\n")?;
    Ok(out.flush()?)
}

fn again(
    matches: &ArgMatches,
    error: &brokers::Error,
) -> Result<Box<dyn brokers::Broker>> {
    eprintln!("{error}; connecting again");
    let patience = Duration::from_secs(number(matches, "patience")?);
    let (url, queue) = (text(matches, "url")?, text(matches, "queue")?);
    Ok(brokers::reconnect(url, queue, patience, |_| {})?)
}

fn text<'a>(matches: &'a ArgMatches, name: &str) -> Result<&'a str> {
    Ok(matches.get_one::<String>(name).context("no text")?)
}

fn number(matches: &ArgMatches, name: &str) -> Result<u64> {
    matches.get_one::<u64>(name).copied().context("no number")
}
