//! Files that are saved.

use std::path::Path;
use std::sync::mpsc::Sender;
use std::time::Duration;

use anyhow::{Context as _, Result};
use notify::{
    Config, Event, EventKind, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher,
};

use crate::workspace::Workspace;

/// How often the files are looked at where the kernel does not tell of changes.
const POLL: Duration = Duration::from_millis(500);

/// The endings of the files that make up a topic.
const ENDINGS: [&str; 3] = ["rs", "toml", "txt"];

/// Has each change of the workspace's own files sent, until what it gives is dropped.
/// With `poll` the files are looked at twice a second: a network mount tells of no
/// change that another machine has made.
pub fn listen<T: Send + 'static>(
    workspace: &Workspace,
    poll: bool,
    to: Sender<T>,
    saved: impl Fn() -> T + Send + 'static,
) -> Result<Box<dyn Watcher>> {
    let target = workspace.target.clone();
    let heard = move |event: notify::Result<Event>| {
        let Ok(event) = event else { return };
        let counts = |path: &Path| {
            let ending = path.extension().and_then(|ending| ending.to_str());
            !path.starts_with(&target) && ending.is_some_and(|it| ENDINGS.contains(&it))
        };
        let is_read = matches!(event.kind, EventKind::Access(_));
        if !is_read && event.paths.iter().any(|path| counts(path)) {
            // The receiver has gone only when the watch is over.
            let _ = to.send(saved());
        }
    };
    let mut watcher: Box<dyn Watcher> = if poll {
        let config = Config::default().with_poll_interval(POLL);
        Box::new(PollWatcher::new(heard, config)?)
    } else {
        let config = Config::default();
        Box::new(RecommendedWatcher::new(heard, config).context(
            "cannot watch the files (remedy: --poll looks at them twice a second)",
        )?)
    };
    for folder in &workspace.folders {
        watcher
            .watch(folder, RecursiveMode::Recursive)
            .with_context(|| format!("cannot watch {}", folder.display()))?;
    }
    Ok(watcher)
}
