//! The command line of a server: `serve`, `talk` and `load`.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use nix::sys::resource::{Resource, getrlimit};
use nix::sys::signal::{SigSet, Signal};
use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;
use shared::{Result, line, seed};

use crate::kit::{Client, Load, Log, Until};
use crate::{Event, Protocol, Server};

/// How long a client of `serve` may be idle.
const IDLE: Duration = Duration::from_mins(5);

/// `serve`, on the note's port unless told otherwise.
#[must_use]
pub fn serve_command(port: &'static str) -> Command {
    let verbose =
        Arg::new("verbose").short('v').long("verbose").action(ArgAction::SetTrue);
    at(
        Command::new("serve").about("Serve until Ctrl-C; SIGUSR1 prints statistics"),
        port,
    )
    .arg(verbose.help("Tell of each connection"))
    .after_help(format!(
        "A client that is idle for {} minutes is disconnected. The clients of one \
         address may have half as many connections as there may be open files \
         (ulimit -n).",
        IDLE.as_secs() / 60
    ))
}

/// `talk`, to the note's port unless told otherwise.
#[must_use]
pub fn talk_command(port: &'static str) -> Command {
    at(
        Command::new("talk")
            .about("Talk to a server, line by line; q or the end of input ends"),
        port,
    )
}

/// `load`, on the note's port unless told otherwise.
#[must_use]
pub fn load_command(port: &'static str) -> Command {
    let number = |name: &'static str, default: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .default_value(default)
            .help(help)
            .value_parser(value_parser!(u32))
    };
    at(
        Command::new("load").about(
            "Load a server with many clients, and check every byte of its answers",
        ),
        port,
    )
    .arg(number("connections", "50", "How many clients ask at once"))
    .arg(number("idle", "0", "How many more are connected and say nothing"))
    .arg(number("seconds", "5", "How long"))
    .arg(number("size", "64", "How many bytes a message has"))
    .arg(number(
        "resets",
        "0",
        "How many of 1000 requests end in a reset by the client",
    ))
}

fn at(command: Command, port: &'static str) -> Command {
    let host = Arg::new("host")
        .long("host")
        .default_value("127.0.0.1")
        .help("The server's name or address");
    let of_0 = if command.get_name() == "serve" {
        "The server's port; 0 takes a free one"
    } else {
        "The server's port"
    };
    let port = Arg::new("port")
        .long("port")
        .default_value(port)
        .help(of_0)
        .value_parser(value_parser!(u16));
    command.arg(host).arg(port)
}

/// What the command line says about where the server is.
fn place(matches: &ArgMatches) -> (&str, u16) {
    let host = matches.get_one::<String>("host").map_or("127.0.0.1", String::as_str);
    (host, matches.get_one("port").copied().unwrap_or(0))
}

/// Serves as the command line says, until SIGINT or SIGTERM, and tells at its end what
/// it has done.
///
/// # Errors
/// If the port cannot be had, or `serve` fails.
pub fn serve(
    matches: &ArgMatches,
    protocol: Protocol,
    serve: impl FnOnce(&Server, &Log) -> Result,
) -> Result {
    let (host, port) = place(matches);
    let signals = block_signals()?;
    let log =
        Log::start(matches.get_flag("verbose")).context("cannot start a thread")?;
    let to_log = log.clone();
    let server = Server::new(host, port, protocol)?
        .with_idle_timeout(IDLE)
        .with_connections_per_address(half_of_the_open_files()?)
        .reporting(move |event: &Event| {
            if event.is_detail() {
                to_log.detail(event);
            } else {
                to_log.say(event);
            }
        });
    obey(signals, &server, &log)?;
    log.say(format_args!("serving on {}", server.address()));
    if std::io::stdout().is_terminal() {
        let port = server.address().port();
        log.say(format_args!("talk: cargo run -p {} -- talk --port {port}", name()));
        log.say("stop: Ctrl-C");
    }
    let result = serve(&server, &log);
    log.say(server.statistics());
    log.flush();
    result
}

/// The name of this program, which is that of its topic.
fn name() -> String {
    let program = std::env::args_os().next().map(PathBuf::from);
    let name = program.as_deref().and_then(Path::file_name);
    name.unwrap_or_default().display().to_string()
}

fn half_of_the_open_files() -> Result<usize> {
    let (soft, _) = getrlimit(Resource::RLIMIT_NOFILE)
        .context("cannot read the limit on open files")?;
    Ok(usize::try_from(soft / 2).unwrap_or(usize::MAX))
}

/// Blocks the signals that `serve` obeys, in this thread and those it will start: one
/// thread waits for them, so that the response is ordinary code, not a handler that may
/// do next to nothing (signal-safety(7)).
///
/// A SIGINT that the program was started to ignore, as a background job is, stays
/// ignored.
fn block_signals() -> Result<SigSet> {
    let mut signals =
        SigSet::from_iter([Signal::SIGINT, Signal::SIGTERM, Signal::SIGUSR1]);
    if shared::signals::ignored()?.contains(Signal::SIGINT) {
        signals.remove(Signal::SIGINT);
    }
    signals.thread_block().context("cannot block signals")?;
    Ok(signals)
}

/// Stops the server at SIGINT and SIGTERM, and prints its statistics at SIGUSR1.
fn obey(signals: SigSet, server: &Server, log: &Log) -> Result {
    let (stop, statistics) = (server.stop().clone(), Arc::clone(server.statistics()));
    let log = log.clone();
    let listen = move || {
        while let Ok(signal) = signals.wait() {
            if signal == Signal::SIGUSR1 {
                log.say(&statistics);
            } else {
                log.say("stopping");
                stop.set();
            }
        }
    };
    // It ends with the program.
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(listen)
        .context("cannot start a thread")?;
    Ok(())
}

/// Sends each line that is typed or piped in, and prints what comes back.
///
/// # Errors
/// If nothing listens there, the server ends, or its answer is not the protocol's.
pub fn talk(matches: &ArgMatches, protocol: Protocol) -> Result {
    let mut client = Client::connect(place(matches), protocol)?;
    if !protocol.greeting.is_empty() {
        line::say(protocol.greeting);
    }
    let mut editor = DefaultEditor::new().context("cannot read lines")?;
    loop {
        let typed = match editor.readline(">>: ") {
            Ok(typed) => typed,
            Err(ReadlineError::Eof | ReadlineError::Interrupted) => return Ok(()),
            Err(error) => return Err(error).context("cannot read a line"),
        };
        match typed.trim() {
            // Nothing sent is nothing answered: the note's client would wait for ever.
            "" => {}
            "q" => return Ok(()),
            message => {
                line::say(&client.ask(message)?);
                // The history is a convenience; a line too many for it is no reason to
                // end.
                let _kept = editor.add_history_entry(message);
            }
        }
    }
}

/// Loads a server as the command line says, and prints what came of it.
///
/// # Errors
/// If nothing listens there, or an answer was wrong or missing.
pub fn load(matches: &ArgMatches, protocol: Protocol) -> Result {
    let number = |name: &str| matches.get_one::<u32>(name).copied().unwrap_or(0);
    let address = Client::connect_only(place(matches), protocol)?.server();
    let mut load = Load::connect(
        address,
        protocol,
        number("connections") as usize,
        number("size") as usize,
    )?
    .idle(number("idle") as usize)?;
    if number("resets") > 0 {
        load = load.resetting(
            f64::from(number("resets")) / 1000.0,
            seed::announce().rng("resets"),
        );
    }
    let outcome =
        load.run(Until::Time(Duration::from_secs(number("seconds").into())))?;
    line::say(&outcome.to_string());
    ensure!(outcome.errors == 0, "{} answers were wrong or missing", outcome.errors);
    Ok(())
}
