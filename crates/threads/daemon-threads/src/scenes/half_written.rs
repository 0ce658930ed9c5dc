//! N2.19: a daemon is cut off in the middle of its write; a rename leaves no half file.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use anyhow::ensure;
use daemon_threads::{Crew, write_whole};
use processes::{Event, Exit};
use shared::{Result, claim, pace, say};

/// Writes a new version of the file, slowly.
type Save = fn(&Path, &Disk) -> io::Result<()>;

pub fn play() -> Result {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("diary");
    let in_place: Save = |path, disk| disk.write(&mut File::create(path)?);
    let by_rename: Save = |path, disk| write_whole(path, |file| disk.write(file));

    let left = after(true, in_place, &file)?;
    say!("a daemon that writes in place: {left:?}");
    claim!(left == "new, ", "the daemon that wrote in place left half of the file");

    let left = after(true, by_rename, &file)?;
    say!("a daemon that renames at the end: {left:?}");
    claim!(left == "old, whole", "the daemon that renames left the old file whole");

    let left = after(false, by_rename, &file)?;
    say!("a thread that is no daemon: {left:?}");
    claim!(left == "new, whole", "the awaited thread left the new file whole");
    Ok(())
}

/// What is in the file when a program has ended whose thread was saving it.
fn after(is_daemon: bool, save: Save, file: &Path) -> Result<String> {
    fs::write(file, "old, whole")?;
    let rest = if is_daemon { 20.0 } else { 2.0 };
    let disk = Arc::new(Disk { half: Event::new()?, rest });
    let exit = processes::scope(|family| {
        family.spawn("program", || program(is_daemon, save, file, &disk))?.join()
    })?;
    ensure!(exit == Exit::Ok, "the program: {exit}");
    Ok(fs::read_to_string(file)?)
}

fn program(is_daemon: bool, save: Save, file: &Path, disk: &Arc<Disk>) -> Result {
    let ended = Crew::run(|crew| {
        let (file, slow) = (file.to_owned(), Arc::clone(disk));
        let saves = move || save(&file, &slow).expect("a disk with room");
        if is_daemon {
            crew.daemon("saves", saves)?;
        } else {
            crew.spawn("saves", saves)?;
        }
        disk.half.wait();
        Ok(()) // In the middle of the write.
    });
    ended.value
}

/// A disk on which the second half of a write takes so many seconds: for a daemon far
/// longer than the program lives.
struct Disk {
    half: Event,
    rest: f64,
}

impl Disk {
    fn write(&self, file: &mut File) -> io::Result<()> {
        file.write_all(b"new, ")?;
        self.half.set();
        pace::sleep(self.rest);
        file.write_all(b"whole")
    }
}
