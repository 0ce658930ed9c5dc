//! `cargo xtask book`: the book in docs/, with what the chapters include.

mod check;
mod compiler;
mod directive;
mod documentation;
mod exercise;
pub mod expand;
mod index;
mod markdown;
mod measured;
mod pictures;
mod place;
mod scene;
mod schedules;
pub mod tool;

use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail, ensure};

use crate::print::note::note;
use crate::print::open;
use crate::print::table::{BAD, Look};
use crate::supervise::{Ended, Order};
use crate::workspace::Workspace;

/// Build the book: a chapter a topic, with its code, its transcripts and the pictures
/// of its scenes
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Open it in the browser
    #[arg(long)]
    open: bool,

    /// Serve it, and build it again when a file changes, until Ctrl-C
    #[arg(long, conflicts_with_all = ["open", "check"])]
    serve: bool,

    /// The port to serve on [default: a free one]
    #[arg(long, requires = "serve", value_name = "NUMBER")]
    port: Option<u16>,

    /// Fail, with a line for each, if a scene is missing from its chapter, a figure is
    /// stale or a link is dead
    #[arg(long)]
    check: bool,
}

/// The exit code is 1 if something is wrong with the book; what there is of it is built
/// all the same.
pub fn book(args: &Args, workspace: &Workspace) -> Result<ExitCode> {
    let mdbook = Mdbook { program: tool::find_or_install(workspace)?, workspace };
    if args.serve {
        mdbook.serve(args.port)?;
    }
    let first_page = mdbook.build()?;
    writeln!(std::io::stdout(), "{}", first_page.display())?;
    if args.open {
        open::open(&first_page);
    }
    let mut faults = check::pages(&mdbook.pages())?;
    if args.check {
        faults.splice(..0, check::sources(workspace)?);
    }
    let look = Look::of(&std::io::stderr());
    for fault in &faults {
        note(&format!("{} {fault}", look.paint(BAD, "✗")));
    }
    Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Mdbook<'a> {
    program: PathBuf,
    workspace: &'a Workspace,
}

impl Mdbook<'_> {
    /// Builds the book and gives its first page.
    fn build(&self) -> Result<PathBuf> {
        let report = self.order("build", &self.pages()).run()?;
        ensure!(report.ended == Ended::Code(0), "the book cannot be built");
        Ok(self.pages().join("index.html"))
    }

    /// Serves the book until Ctrl-C. That it ends otherwise is an error.
    fn serve(&self, port: Option<u16>) -> Result<()> {
        let port = port.map_or_else(free_port, Ok)?;
        let host = Ipv4Addr::LOCALHOST.to_string();
        writeln!(
            std::io::stdout(),
            "http://{host}:{port}/ once it is built; Ctrl-C ends it"
        )?;
        // Apart from the others: these pages ask the server whether they have changed.
        let report = self
            .order("serve", &self.workspace.target.join("book-served"))
            .args(["--hostname", &host, "--port", &port.to_string()])
            .run()?;
        bail!("the book is not served any more: mdbook ended ({:?})", report.ended)
    }

    fn order(&self, command: &str, pages: &Path) -> Order {
        let pages = pages.display().to_string();
        Order::plain(&self.program)
            .args([command, "docs", "--dest-dir", &pages])
            .folder(&self.workspace.root)
    }

    fn pages(&self) -> PathBuf {
        self.workspace.target.join("book")
    }
}

/// A free port of the loopback. Another program may take it before mdbook does;
/// it says so then.
fn free_port() -> Result<u16> {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("there is no free port")?;
    Ok(listener.local_addr()?.port())
}
