//! The command line.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::error::ContextKind;
use clap::{Parser, Subcommand};
use shared::line::READER_GONE;
use shared::signals;

use crate::book::{self, expand};
use crate::print::note::note;
use crate::supervise::{self, Interrupted};
use crate::workspace::{Unknown, Workspace};
use crate::{
    bench, breaks, coverage, doctor, explore, list, new, picture, play, stress, twin,
    watch,
};

/// Plays and checks the programs of all topics
#[derive(Debug, Parser)]
#[command(
    name = "xtask",
    bin_name = "cargo xtask",
    after_help = "Without a command everything is played.\n\n\
                  Examples:\n  cargo xtask\n  \
                  cargo xtask play thread-signals greenlets/order"
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,

    /// The folder whose members are topics
    #[arg(
        long,
        global = true,
        hide = true,
        default_value = "crates",
        value_name = "FOLDER"
    )]
    crates: PathBuf,
}

#[derive(Debug, Subcommand)]
enum Command {
    Play(play::Args),
    List(list::Args),
    Notes(coverage::Args),
    Picture(picture::Args),
    Twin(twin::Args),
    Bench(bench::Args),
    Break(breaks::Args),
    Explore(explore::Args),
    Watch(watch::Args),
    Stress(stress::Args),
    New(new::Args),
    Doctor(doctor::Args),
    Book(book::Args),
    /// Expands what the chapters of the book name, for mdbook
    #[command(name = expand::SUBCOMMAND, hide = true)]
    Expand,
    /// Watches over a program for the runner
    #[command(name = supervise::SUBCOMMAND, hide = true)]
    Supervise,
}

/// Does what the command line says. The exit code is 0 if all is well, 1 if a scene
/// failed or something else went wrong, 2 if something was asked for that is not there,
/// 130 after Ctrl-C.
pub fn main() -> ExitCode {
    let cli = Cli::try_parse().unwrap_or_else(|error| {
        let word = error.get(ContextKind::InvalidSubcommand).map(ToString::to_string);
        // Printing an error of the command line cannot be helped any further.
        let _ = error.print();
        if let Some(word) = word {
            note(&format!("\nTo play a topic or a scene: cargo xtask play {word}"));
        }
        std::process::exit(error.exit_code());
    });
    if let Err(error) = signals::restore() {
        note(&format!("xtask: cannot restore SIGCHLD: {error}"));
        return ExitCode::FAILURE;
    }
    let done =
        obey(cli.command.unwrap_or(Command::Play(play::Args::default())), &cli.crates);
    done.unwrap_or_else(|error| {
        if error.is::<Interrupted>() {
            note("interrupted");
            return ExitCode::from(130);
        }
        // An error that is the whole story is that of writing the results.
        let is_of_output = error.chain().count() == 1
            && error
                .downcast_ref::<io::Error>()
                .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe);
        if is_of_output {
            return ExitCode::from(READER_GONE);
        }
        note(&format!("xtask: {error:#}"));
        ExitCode::from(if error.is::<Unknown>() { 2 } else { 1 })
    })
}

fn obey(command: Command, crates: &Path) -> Result<ExitCode> {
    match command {
        Command::Supervise => supervise::serve().map(|()| ExitCode::SUCCESS),
        Command::Play(args) => play::play(&args, &enter(crates)?),
        Command::List(args) => {
            list::list(&args, &enter(crates)?).map(|()| ExitCode::SUCCESS)
        }
        Command::Notes(args) => coverage::coverage(&args, &enter(crates)?),
        Command::Picture(args) => picture::picture(&args, &enter(crates)?),
        Command::Twin(args) => twin::twin(&args, &enter(crates)?),
        Command::Bench(args) => bench::bench(&args, &enter(crates)?),
        Command::Break(args) => breaks::breaks(&args, &enter(crates)?),
        Command::Explore(args) => explore::explore(&args, &enter(crates)?),
        Command::Watch(args) => {
            watch::watch(&args, &enter(crates)?).map(|()| ExitCode::SUCCESS)
        }
        Command::Stress(args) => stress::stress(&args, &enter(crates)?),
        Command::New(args) => {
            new::new(&args, &enter(crates)?).map(|()| ExitCode::SUCCESS)
        }
        Command::Doctor(args) => doctor::doctor(&args, &enter(crates)?),
        Command::Book(args) => book::book(&args, &enter(crates)?),
        Command::Expand => expand::expand(&enter(crates)?).map(|()| ExitCode::SUCCESS),
    }
}

/// From here on Ctrl-C, SIGTERM and SIGHUP end all that the runner has started, unless
/// the runner was started to ignore them (`nohup`, a background job).
fn enter(crates: &Path) -> Result<Workspace> {
    signals::keep_ignored(|| ctrlc::set_handler(supervise::interrupt))
        .context("cannot read the ignored signals")?
        .context("cannot handle Ctrl-C")?;
    Workspace::find(crates)
}
