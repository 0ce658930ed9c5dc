//! `cargo xtask book`: the book in docs/, with what the chapters include.

mod directive;
mod documentation;
pub mod expand;
mod index;
mod scene;
mod tool;

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::guard::{Ended, Order};
use crate::house::House;

/// Build the book: a chapter a topic, with its code, its transcripts and the pictures of its scenes
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Open it in the browser
    #[arg(long, conflicts_with = "serve")]
    open: bool,

    /// Serve it, and build it again when a file changes, until Ctrl-C
    #[arg(long)]
    serve: bool,

    /// The port to serve on [default: a free one]
    #[arg(long, requires = "serve", value_name = "NUMBER")]
    port: Option<u16>,
}

pub fn book(args: &Args, house: &House) -> Result<ExitCode> {
    let mdbook = Mdbook { program: tool::find_or_install(house)?, house };
    if args.serve {
        mdbook.serve(args.port)?;
        return Ok(ExitCode::SUCCESS);
    }
    let page = mdbook.build()?;
    println!("{}", page.display());
    if args.open {
        open(&page)?;
    }
    Ok(ExitCode::SUCCESS)
}

struct Mdbook<'a> {
    program: PathBuf,
    house: &'a House,
}

impl Mdbook<'_> {
    /// Builds the book and gives its first page.
    fn build(&self) -> Result<PathBuf> {
        let report = self.order("build").run()?;
        ensure!(report.ended == Ended::Code(0), "the book cannot be built");
        Ok(self.pages().join("index.html"))
    }

    /// Serves the book until Ctrl-C.
    fn serve(&self, port: Option<u16>) -> Result<()> {
        let port = port.map_or_else(free_port, Ok)?;
        let host = Ipv4Addr::LOCALHOST.to_string();
        println!("http://{host}:{port}/ once it is built; Ctrl-C ends it");
        let report = self.order("serve").args(["--hostname", &host, "--port", &port.to_string()]).run()?;
        anyhow::bail!("the book is not served any more: mdbook ended ({:?})", report.ended)
    }

    fn order(&self, command: &str) -> Order {
        let pages = self.pages().display().to_string();
        Order::plain(&self.program).args([command, "docs", "--dest-dir", &pages]).folder(&self.house.root)
    }

    fn pages(&self) -> PathBuf {
        self.house.target.join("book")
    }
}

/// A port of the loopback that nobody listens on. Somebody may be quicker than mdbook; it says so then.
fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("there is no free port")?;
    Ok(listener.local_addr()?.port())
}

/// Opens a page with whatever the desktop has for it.
fn open(page: &Path) -> Result<()> {
    for opener in ["xdg-open", "open"] {
        let opened = Command::new(opener).arg(page).stdin(Stdio::null()).status();
        if opened.is_ok_and(|status| status.success()) {
            return Ok(());
        }
    }
    eprintln!("neither xdg-open nor open can open it here: open that file in a browser");
    Ok(())
}
