//! The server to use by hand: `cargo run -p coroutine-server -- serve --by ring`.

use anyhow::Context as _;
use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgMatches, Command};
use coroutine_server::kit::SERVERS;
use shared::Result;
use socket_server::Protocol;
use socket_server::kit::by_hand;

/// What the notes' servers say.
pub const PROTOCOL: Protocol = Protocol::UPPER;

pub fn command(port: &'static str) -> Command {
    let names = PossibleValuesParser::new(SERVERS.map(|(name, _)| name));
    let by = Arg::new("by").long("by").value_parser(names).default_value("may");
    by_hand::serve_command(port).arg(by.help(
        "What serves: coroutines of may or tokio, the ring, or a server of the other \
         chapters",
    ))
}

pub fn run(matches: &ArgMatches) -> Result {
    let wanted: &String = matches.get_one("by").context("a server")?;
    let known = SERVERS.iter().find(|(name, _)| name == wanted);
    let (_, serve) = known.context("a known server")?;
    by_hand::serve(matches, PROTOCOL, |server, _log| serve(server))
}
