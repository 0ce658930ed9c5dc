//! The server and its clients to use by hand:
//! `cargo run -p selectors-server -- serve --backend poll`.

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgMatches, Command};
use selectors_server::backend::Backend;
use selectors_server::{
    Epoll, HAHA, LoopEvent, Poll, RESPONSE, Select, callbacks, message_queues,
};
use shared::Result;
use socket_server::kit::{Log, by_hand};
use socket_server::{Protocol, Server};

/// The port of N3.10.
const PORT: &str = "5000";

const MESSAGE_QUEUES: &str = "message-queues";

pub fn serve_command() -> Command {
    let names = PossibleValuesParser::new([Epoll::NAME, Poll::NAME, Select::NAME]);
    let backend = Arg::new("backend")
        .long("backend")
        .value_parser(names)
        .default_value(Epoll::NAME);
    with_form(by_hand::serve_command(PORT))
        .arg(backend.help("The system call that waits"))
}

pub fn talk_command() -> Command {
    with_form(by_hand::talk_command(PORT))
}

pub fn load_command() -> Command {
    with_form(by_hand::load_command(PORT))
}

fn with_form(command: Command) -> Command {
    let names = PossibleValuesParser::new(["callbacks", MESSAGE_QUEUES]);
    let form =
        Arg::new("form").long("form").value_parser(names).default_value("callbacks");
    command.arg(
        form.help(
            "The server of N3.10, which says haha+, or that of N5.2, which greets",
        ),
    )
}

pub fn serve(matches: &ArgMatches) -> Result {
    by_hand::serve(matches, protocol(matches), |server, log| {
        match matches.get_one::<String>("backend").map(String::as_str) {
            Some(Select::NAME) => serve_over::<Select>(matches, server, log),
            Some(Poll::NAME) => serve_over::<Poll>(matches, server, log),
            _ => serve_over::<Epoll>(matches, server, log),
        }
    })
}

fn serve_over<B: Backend>(matches: &ArgMatches, server: &Server, log: &Log) -> Result {
    let report = |event: &LoopEvent| log.detail(event);
    Ok(if has_queues(matches) {
        message_queues::<B>(server, report)
    } else {
        callbacks::<B>(server, report)
    }?)
}

pub fn talk(matches: &ArgMatches) -> Result {
    by_hand::talk(matches, protocol(matches))
}

pub fn load(matches: &ArgMatches) -> Result {
    by_hand::load(matches, protocol(matches))
}

fn protocol(matches: &ArgMatches) -> Protocol {
    if has_queues(matches) { RESPONSE } else { HAHA }
}

fn has_queues(matches: &ArgMatches) -> bool {
    matches.get_one::<String>("form").is_some_and(|form| form == MESSAGE_QUEUES)
}
