//! The server to use by hand: `cargo run -p socket-server -- serve --port 8081`.

use clap::{Arg, ArgMatches, Command, value_parser};
use shared::Result;
use socket_server::kit::by_hand;
use socket_server::{Protocol, one_at_a_time, pool, thread_per_connection};

/// What the notes' server says.
pub const PROTOCOL: Protocol = Protocol::UPPER;

pub fn command(port: &'static str) -> Command {
    let threads =
        Arg::new("threads").long("threads").value_parser(value_parser!(u16).range(1..));
    by_hand::serve_command(port).arg(threads.help(
        "How many threads serve; 1 serves one client at a time [default: one for each \
         client]",
    ))
}

pub fn run(matches: &ArgMatches) -> Result {
    let threads = matches.get_one::<u16>("threads").copied();
    by_hand::serve(matches, PROTOCOL, |server, _log| {
        Ok(match threads {
            None => thread_per_connection(server),
            Some(1) => one_at_a_time(server),
            Some(threads) => pool(server, threads.into()),
        }?)
    })
}
