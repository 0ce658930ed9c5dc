//! A thousand programs that end at a random moment while a daemon of theirs saves a
//! file over and over.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use daemon_threads::{Crew, Error, write_whole};
use processes::{Event, Exit, scope};

/// How many programs end.
const ENDS: u32 = 1_000;

/// A version of the file: so many times its own letter.
const LETTERS: usize = 1 << 16;

tests::main! {
    no_end_leaves_half_a_file_if_it_is_renamed => Duration::from_mins(5),
    an_end_may_leave_half_a_file_that_is_written_in_place => Duration::from_mins(5),
    a_crew_waits_for_all_but_its_daemons => Duration::from_mins(1),
}

type Save = fn(&Path, &[u8]) -> io::Result<()>;

fn no_end_leaves_half_a_file_if_it_is_renamed() -> anyhow::Result<()> {
    let halves = halves(|path, text| write_whole(path, |file| file.write_all(text)))?;
    assert_eq!(halves, 0);
    Ok(())
}

/// It is likely, and so only counted.
fn an_end_may_leave_half_a_file_that_is_written_in_place() -> anyhow::Result<()> {
    let halves = halves(|path, text| File::create(path)?.write_all(text))?;
    println!("{halves} of {ENDS} ends left half a file");
    assert!(halves <= ENDS);
    Ok(())
}

/// How many of the programs left something else than a whole version.
fn halves(save: Save) -> anyhow::Result<u32> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("file");
    let mut random = shared::seed::announce().rng("ends");
    let mut halves = 0;
    for _ in 0..ENDS {
        fs::write(&path, vec![b'a'; LETTERS])?;
        let moment = Duration::from_micros(random.u64(0..2_000));
        let saved = Arc::new(Event::new()?);
        let exit = scope(|family| {
            family.spawn("program", || program(&path, save, moment, &saved))?.join()
        })?;
        assert_eq!(exit, Exit::Ok);
        let text = fs::read(&path)?;
        let is_whole =
            text.len() == LETTERS && text.iter().all(|letter| *letter == text[0]);
        halves += u32::from(!is_whole);
        // What a rename would have moved.
        for left in fs::read_dir(folder.path())? {
            fs::remove_file(left?.path())?;
        }
    }
    Ok(halves)
}

/// Ends so long after its daemon has saved the file once.
fn program(
    path: &Path,
    save: Save,
    moment: Duration,
    saved: &Arc<Event>,
) -> Result<(), Error> {
    let ended = Crew::run(|crew| {
        let (path, once) = (path.to_owned(), Arc::clone(saved));
        crew.daemon("saves", move || {
            for letter in (b'a'..=b'z').cycle() {
                save(&path, &vec![letter; LETTERS]).unwrap();
                once.set();
            }
        })?;
        saved.wait();
        std::thread::sleep(moment);
        Ok(())
    });
    ended.value
}

/// The sons of sons, each started by the one before.
fn a_crew_waits_for_all_but_its_daemons() -> anyhow::Result<()> {
    const SONS: usize = 100;
    fn one(crew: &Crew, left: usize, done: &Arc<Vec<Event>>) {
        if left > 0 {
            let (all, does) = (crew.clone(), Arc::clone(done));
            let son = move || {
                one(&all, left - 1, &does);
                does[left - 1].set();
            };
            crew.spawn("son", son).unwrap();
        }
    }

    let done: Vec<_> = (0..SONS).map(|_| Event::new()).collect::<io::Result<_>>()?;
    let done = Arc::new(done);
    let program = || {
        Crew::run(|crew| {
            crew.daemon("daemon", || {
                loop {
                    std::thread::park();
                }
            })?;
            one(crew, SONS, &done);
            Ok::<_, Error>(())
        })
        .value
    };
    let exit = scope(|family| family.spawn("program", program)?.join())?;
    assert_eq!(exit, Exit::Ok);
    assert!(done.iter().all(Event::is_set));
    Ok(())
}
