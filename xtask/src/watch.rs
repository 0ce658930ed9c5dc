//! `cargo xtask watch`: plays a scene again on each save, and shows what has changed.

mod keys;
mod saves;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use shared::SceneDescription;
use shared::line::{BROKEN, HELD};
use shared::trace::Kind;

use crate::play::DEADLINE;
use crate::play::judge::Expected;
use crate::play::reason::Reason;
use crate::print::note::note;
use crate::print::table::{BAD, FAINT, GOOD, Look, STRONG};
use crate::programs::{self, Program, cargo_program};
use crate::supervise::{Ended, Interrupted, Order, Report, interrupted};
use crate::workspace::Workspace;
use keys::Keys;

/// Play a scene again on each save, and show what has changed
#[derive(Debug, clap::Args)]
#[command(after_help = "Keys: Enter plays again, n and p go to the next and the \
                  previous scene, q quits\n\nExample:\n  \
                  cargo xtask watch joinable-queue/apples")]
pub struct Args {
    /// The topic or the scene to play; of a topic, one scene after the other (n, p)
    #[arg(value_name = "TOPIC[/SCENE]")]
    what: String,

    /// Look at the files twice a second, where a network mount tells of no changes
    #[arg(long)]
    poll: bool,
}

/// How long saves must have stopped before the scene plays: an editor writes several
/// files, or one in several steps.
const QUIET: Duration = Duration::from_millis(100);

/// What the loop waits for.
enum Event {
    Saved,
    Key(u8),
}

/// What comes next.
enum Next {
    Play,
    Scene(usize),
    Quit,
}

pub fn watch(args: &Args, workspace: &Workspace) -> Result<()> {
    let topic = args.what.split('/').next().unwrap_or(&args.what).to_owned();
    let programs = programs::build(workspace, &workspace.asked(&[topic])?)?;
    let program = programs.first().context("there is no such topic")?;
    // A scene that is not there is an error that lists those that are.
    let asked = workspace.asked(std::slice::from_ref(&args.what))?;
    let chosen = programs::choose(&program.description, &asked[&program.topic.name])?;
    let scenes = &program.description.scenes;
    let first = chosen.first().context("the topic has no scenes")?;
    let mut current =
        scenes.iter().position(|scene| scene.name == first.name).unwrap_or_default();

    let (events, happened) = mpsc::channel();
    let _watcher =
        saves::listen(workspace, args.poll, events.clone(), || Event::Saved)?;
    let keys = Keys::listen(events, Event::Key).context("cannot read single keys")?;
    let mut before: BTreeMap<usize, Claims> = BTreeMap::new();
    loop {
        let title = format!("{}/{}", program.topic.name, scenes[current].name);
        let place = format!("scene {} of {}", current + 1, scenes.len());
        let look = Look::of(&std::io::stdout());
        let shown = match play(workspace, program, &scenes[current], look)? {
            Played::Refused(error) => error,
            Played::Ended(report, reasons) => {
                let claims = claims(&report);
                let shown = show(&report, &reasons, before.get(&current), look);
                before.insert(current, claims);
                shown
            }
        };
        let mut stdout = std::io::stdout().lock();
        let line = format!("── {title} · {place} ──");
        writeln!(stdout, "\n{}\n{}", look.paint(STRONG, &line), shown.trim_end())?;
        drop(stdout);
        if keys.are_heard() {
            note(
                "waiting for a save · Enter again · n p next, previous scene · q quit",
            );
        } else {
            note("waiting for a save");
        }
        match wait(&happened, current, scenes.len())? {
            Next::Play => {}
            Next::Scene(next) => current = next,
            Next::Quit => return Ok(()),
        }
    }
}

/// Waits for a save or a key.
fn wait(happened: &Receiver<Event>, current: usize, scenes: usize) -> Result<Next> {
    loop {
        if interrupted() {
            bail!(Interrupted);
        }
        // Woken now and then to notice Ctrl-C.
        match happened.recv_timeout(QUIET) {
            Ok(Event::Saved) => {
                while !matches!(
                    happened.recv_timeout(QUIET),
                    Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected)
                ) {}
                return Ok(Next::Play);
            }
            Ok(Event::Key(key)) => match key {
                b'\n' | b'\r' => return Ok(Next::Play),
                b'n' => return Ok(Next::Scene((current + 1) % scenes)),
                b'p' => return Ok(Next::Scene((current + scenes - 1) % scenes)),
                b'q' => return Ok(Next::Quit),
                _ => {}
            },
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                bail!("the files are no longer watched")
            }
        }
    }
}

/// What came of building and playing a scene.
enum Played {
    /// The compiler's first error.
    Refused(String),
    Ended(Box<Report>, Vec<Reason>),
}

fn play(
    workspace: &Workspace,
    program: &Program,
    scene: &SceneDescription,
    look: Look,
) -> Result<Played> {
    let topic = &program.topic.name;
    let rendered = if look.coloured {
        "--message-format=json-diagnostic-rendered-ansi"
    } else {
        "--message-format=json"
    };
    let built = Order::plain(&cargo_program())
        .args(["build", "--quiet", rendered, "-p", topic])
        .folder(&workspace.root)
        .keep_errors()
        .run()?;
    if built.ended != Ended::Code(0) {
        return Ok(Played::Refused(first_error(&built)?));
    }
    let deadline = Duration::from_secs_f64(DEADLINE);
    let order = Order::sandboxed(&program.path, deadline).args([&scene.name]);
    let report = order.run()?;
    let reasons = Expected::of(program, scene, &order).judge(&report);
    Ok(Played::Ended(Box::new(report), reasons))
}

/// The compiler's first error, or what cargo says where it did not come to compiling.
fn first_error(built: &Report) -> Result<String> {
    let first = programs::errors(built)?.into_iter().next();
    let rendered = first.and_then(|error| error.rendered);
    Ok(rendered.unwrap_or_else(|| built.stderr.clone()))
}

/// The claims of a play, by their sentences as printed: whether they held.
type Claims = BTreeMap<String, bool>;

fn claims(report: &Report) -> Claims {
    let claims = report.records.iter().filter_map(|record| match &record.kind {
        Kind::Claim { held, text, .. } => Some((text.clone(), *held)),
        _ => None,
    });
    claims.collect()
}

/// What a play printed, its claims marked where they are not what they were before, and
/// why it failed.
fn show(
    report: &Report,
    reasons: &[Reason],
    before: Option<&Claims>,
    look: Look,
) -> String {
    let mut lines: Vec<String> =
        report.stdout.lines().map(|line| marked(line, before, look)).collect();
    let now = claims(report);
    let gone =
        before.into_iter().flatten().filter(|(text, _)| !now.contains_key(*text));
    lines.extend(
        gone.map(|(text, _)| {
            look.paint(FAINT, &format!("  {text}  ← no longer checked"))
        }),
    );
    lines.extend(reasons.iter().map(|it| look.paint(BAD, &format!("✗ {it}"))));
    let time = format!("{:.1} s", report.time.as_secs_f64());
    lines.push(match (reasons.is_empty(), report.skipped()) {
        (true, None) => look.paint(GOOD, &format!("passed in {time}")),
        (true, Some(_)) => "skipped".to_owned(),
        (false, _) => look.paint(BAD, &format!("failed after {time}")),
    });
    lines.join("\n")
}

/// A line that the scene printed; a claim in its colour, with a word if it is not what
/// it was before.
fn marked(line: &str, before: Option<&Claims>, look: Look) -> String {
    let (text, held) = match (line.strip_prefix(HELD), line.strip_prefix(BROKEN)) {
        (Some(text), _) => (text, true),
        (_, Some(text)) => (text, false),
        _ => return line.to_owned(),
    };
    let painted = look.paint(if held { GOOD } else { BAD }, line);
    let word = match before.map(|claims| claims.get(text)) {
        Some(Some(true)) if !held => "  ← held before",
        Some(Some(false)) if held => "  ← broken before",
        Some(None) => "  ← new",
        _ => "",
    };
    format!("{painted}{word}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_marked_where_it_is_not_what_it_was() {
        let before = [("a".to_owned(), true), ("b".to_owned(), false)].into();
        let marked = |line: &str| marked(line, Some(&before), Look::plain());
        assert_eq!(marked("✓ a"), "✓ a");
        assert_eq!(marked("✗ a"), "✗ a  ← held before");
        assert_eq!(marked("✓ b"), "✓ b  ← broken before");
        assert_eq!(marked("✗ b"), "✗ b");
        assert_eq!(marked("✓ c"), "✓ c  ← new");
        assert_eq!(marked("apple a"), "apple a");
        assert_eq!(self::marked("✓ c", None, Look::plain()), "✓ c");
    }

    #[test]
    fn keys_go_round_the_scenes() {
        let (events, happened) = mpsc::channel();
        let next = |key: u8, current: usize| {
            events.send(Event::Key(b'x')).expect("heard");
            events.send(Event::Key(key)).expect("heard");
            wait(&happened, current, 3).expect("not interrupted")
        };
        assert!(matches!(next(b'n', 2), Next::Scene(0)));
        assert!(matches!(next(b'p', 0), Next::Scene(2)));
        assert!(matches!(next(b'\n', 1), Next::Play));
        assert!(matches!(next(b'q', 1), Next::Quit));
    }
}
