//! What scenes leave in /dev/shm.
//!
//! All processes share that folder, and an entry does not tell who made it. So an entry
//! that is there at the end, and that no process holds, may have been left by any of
//! the scenes that played when it was first seen.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::process::geteuid;

const FOLDER: &str = "/dev/shm";

/// Entries, and the numbers of the scenes that may have left them.
pub type Suspects = BTreeMap<String, BTreeSet<usize>>;

/// Looks into /dev/shm whenever a scene ends.
pub struct Watch {
    before: BTreeSet<String>,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    playing: BTreeSet<usize>,
    suspects: Suspects,
}

impl Watch {
    pub fn begin() -> Self {
        Self { before: entries(), seen: Mutex::default() }
    }

    /// A scene is about to begin.
    pub fn enter(&self, scene: usize) {
        self.lock().playing.insert(scene);
    }

    /// A scene has ended. None begins or ends while this looks.
    pub fn leave(&self, scene: usize) {
        let mut seen = self.lock();
        let new: Vec<String> = entries().difference(&self.before).cloned().collect();
        for entry in new {
            let playing = seen.playing.clone();
            seen.suspects.entry(entry).or_insert(playing);
        }
        seen.playing.remove(&scene);
    }

    /// No scene plays any more: what is still there.
    pub fn end(self) -> Suspects {
        let mut suspects =
            self.seen.into_inner().unwrap_or_else(PoisonError::into_inner).suspects;
        let entries = entries();
        suspects.retain(|entry, _| entries.contains(entry));
        if !suspects.is_empty() {
            // What a process holds belongs to some other program on this machine.
            let held = held();
            suspects.retain(|entry, _| {
                !held.iter().any(|path| path == &format!("{FOLDER}/{entry}"))
            });
        }
        suspects
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        // Each change is one step, so a panic elsewhere leaves it whole.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs something while no other scene plays, and gives the entries that it leaves.
pub fn left_by<T>(run: impl FnOnce() -> T) -> (T, Vec<String>) {
    const ALONE: usize = 0;
    let watch = Watch::begin();
    watch.enter(ALONE);
    let done = run();
    watch.leave(ALONE);
    (done, watch.end().into_keys().collect())
}

/// Removes an entry; one that has gone already is no error.
pub fn remove(entry: &str) -> std::io::Result<()> {
    let path = Path::new(FOLDER).join(entry);
    let removed =
        if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// This user's entries. Where there is no /dev/shm, nothing can be left in it.
fn entries() -> BTreeSet<String> {
    let Ok(folder) = fs::read_dir(FOLDER) else { return BTreeSet::new() };
    let ours = geteuid().as_raw();
    let entries = folder.filter_map(|entry| {
        entry.ok().filter(|it| it.metadata().is_ok_and(|of| of.uid() == ours))
    });
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// The paths below /dev/shm that some process has open or mapped.
fn held() -> BTreeSet<String> {
    let mut held = BTreeSet::new();
    // Processes that are gone or another user's tell nothing.
    for process in fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok) {
        let files = fs::read_dir(process.path().join("fd"))
            .into_iter()
            .flatten()
            .filter_map(Result::ok);
        let targets = files.filter_map(|file| fs::read_link(file.path()).ok());
        held.extend(targets.map(|target| target.to_string_lossy().into_owned()));
        let maps = fs::read_to_string(process.path().join("maps")).unwrap_or_default();
        held.extend(
            maps.lines().filter_map(|line| Some(line[line.find(FOLDER)?..].to_owned())),
        );
    }
    held.retain(|path| path.starts_with(FOLDER));
    held
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_laid_to_those_that_played_when_it_was_first_seen() {
        let name = format!("xtask-test-{}", std::process::id());
        let path = Path::new(FOLDER).join(&name);
        let watch = Watch::begin();
        watch.enter(1);
        watch.leave(1);
        watch.enter(2);
        watch.enter(3);
        let file = fs::File::create(&path).expect("an entry");
        watch.leave(2);
        watch.enter(4);
        assert!(
            held().contains(&path.display().to_string()),
            "this process has it open"
        );
        drop(file);
        watch.leave(3);
        watch.leave(4);
        let suspects = watch.end();
        remove(&name).expect("removed");
        remove(&name).expect("gone already");
        assert_eq!(suspects.get(&name), Some(&BTreeSet::from([2, 3])));
    }
}
