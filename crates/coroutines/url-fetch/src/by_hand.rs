//! The tool and the server of faults: `fetch URL…` and `faults --port 8085`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use clap::{Arg, ArgMatches, Command, value_parser};
use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};
use shared::{Result, line, signals};
use tokio::sync::Notify;
use url_fetch::kit::{Fault, Server, block_on};
use url_fetch::{Fetcher, Limits, Pages};

use crate::save::save;

/// How often the progress is drawn anew.
const TICK: Duration = Duration::from_millis(100);

/// `fetch URL…`
pub fn fetch_command() -> Command {
    let option = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let seconds = |name, default, help| {
        option(name, "SECONDS", help).default_value(default).value_parser(parse_seconds)
    };
    let number = |name, default, help| {
        option(name, "NUMBER", help).default_value(default).value_parser(parse_number)
    };
    Command::new("fetch")
        .about("Fetch pages by http or https, several at once")
        .arg(Arg::new("URL").required(true).num_args(1..).help("The pages"))
        .arg(number("at-once", "8", "How many pages at once").value_parser(parse_some))
        .arg(seconds("connect-timeout", "10", "The longest time to connect"))
        .arg(seconds("stall-timeout", "30", "The longest time without a byte"))
        .arg(seconds("total-timeout", "300", "The longest time for a page"))
        .arg(number("max-bytes", "67108864", "The most bytes of a page"))
        .arg(number("redirects", "10", "The most redirects of a page"))
        .arg(
            option("save", "FOLDER", "Write each page to a file in this folder")
                .value_parser(value_parser!(PathBuf)),
        )
        .after_help(
            "Each page has a line on standard output, each failure one on standard \
             error. The exit code is 1 if any page failed. Proxies are those of \
             HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY.\n\n\
             Example:\n  cargo run -p url-fetch -- fetch --at-once 2 \
             https://www.python.org/ https://www.rust-lang.org/",
        )
}

/// `faults --port 8085`
pub fn faults_command() -> Command {
    Command::new("faults")
        .about("Serve a page and each fault, to try any client against, until Ctrl-C")
        .arg(
            Arg::new("port")
                .long("port")
                .default_value("8085")
                .help("The server's port; 0 takes a free one")
                .value_parser(value_parser!(u16)),
        )
}

fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|&seconds: &f64| seconds > 0.0);
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| "it is a number of seconds above 0".to_owned())
}

fn parse_number(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| format!("it is a whole number up to {}", usize::MAX))
}

fn parse_some(text: &str) -> Result<usize, String> {
    parse_number(text)
        .and_then(|it| if it > 0 { Ok(it) } else { Err("the least is 1".to_owned()) })
}

/// Fetches the pages, and tells of each.
pub fn fetch(matches: &ArgMatches) -> Result {
    let number = |name| matches.get_one::<usize>(name).copied().context("no number");
    let time = |name| matches.get_one::<Duration>(name).copied().context("no time");
    let limits = Limits {
        at_once: number("at-once")?,
        connect: time("connect-timeout")?,
        stall: time("stall-timeout")?,
        total: time("total-timeout")?,
        bytes: number("max-bytes")?,
        redirects: number("redirects")?,
    };
    let folder = matches.get_one::<PathBuf>("save").map(PathBuf::as_path);
    if let Some(folder) = folder {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
    }
    let urls: Vec<String> =
        matches.get_many("URL").unwrap_or_default().cloned().collect();
    let all = urls.len();
    let fetcher = Fetcher::with_proxies(limits)?;
    let pages = fetcher.fetch_all(urls);
    let failed = block_on(tell(&fetcher, pages, all, folder))??;
    ensure!(failed == 0, "{failed} of {all} pages failed");
    Ok(())
}

/// Tells of each page until all have ended; how many have failed.
async fn tell<I: Iterator<Item = String>>(
    fetcher: &Fetcher,
    mut pages: Pages<I>,
    all: usize,
    folder: Option<&Path>,
) -> Result<usize> {
    let interrupted = on_interrupt()?;
    // Not drawn unless standard error is a terminal.
    let bar =
        ProgressBar::with_draw_target(Some(all as u64), ProgressDrawTarget::stderr())
            .with_style(ProgressStyle::with_template(
                "{bar:20} {pos}/{len} pages, {msg}",
            )?);
    let begin = Instant::now();
    let mut ticks = tokio::time::interval(TICK);
    let (mut ended, mut failed) = (0, 0);
    loop {
        tokio::select! {
            biased;
            () = interrupted.notified() => {
                bar.finish_and_clear();
                bail!("interrupted: {ended} of {all} pages had ended, {failed} failed");
            }
            next = pages.next() => {
                let Some((url, page)) = next else { break };
                ended += 1;
                bar.set_position(ended as u64);
                let time = begin.elapsed().as_secs_f64();
                let told = match page {
                    Ok(page) => folder
                        .map(|folder| save(folder, ended, &url, &page.body))
                        .transpose()
                        .map(|_path| (page.body.len(), page.url)),
                    Err(error) => Err(error.into()),
                };
                bar.suspend(|| match told {
                    Ok((bytes, at)) => {
                        let moved = moved(&url, &at);
                        line::write(&format!(
                            "{time:.2} s  {bytes} bytes  {url}{moved}"
                        ));
                    }
                    Err(error) => {
                        failed += 1;
                        eprintln!("{time:.2} s  failed  {url}: {error:#}");
                    }
                });
            }
            _ = ticks.tick() => {
                let received = HumanBytes(fetcher.received());
                bar.set_message(format!("{} running, {received}", pages.running()));
                bar.tick();
            }
        }
    }
    bar.finish_and_clear();
    Ok(failed)
}

/// Where a redirect has led, if anywhere.
fn moved(url: &str, at: &str) -> String {
    let is_same = at.trim_end_matches('/') == url.trim_end_matches('/');
    if is_same { String::new() } else { format!(" at {at}") }
}

/// Is notified by Ctrl-C, unless the program was started to ignore it.
fn on_interrupt() -> Result<Arc<Notify>> {
    let interrupted = Arc::new(Notify::new());
    let notify = Arc::clone(&interrupted);
    signals::keep_ignored(|| ctrlc::set_handler(move || notify.notify_one()))?
        .context("cannot listen to Ctrl-C")?;
    Ok(interrupted)
}

/// Serves faults until Ctrl-C.
pub fn faults(matches: &ArgMatches) -> Result {
    let port = matches.get_one::<u16>("port").copied().unwrap_or(0);
    let server = Server::start_at(port)
        .with_context(|| format!("cannot listen on 127.0.0.1:{port}"))?;
    line::write(&format!("a page       {}", server.page("page", 48_860, 1.0)));
    for fault in Fault::ALL {
        line::write(&format!("{fault:<12} {}", server.fault(fault)));
    }
    let interrupted = on_interrupt()?;
    Ok(block_on(interrupted.notified())?)
}
