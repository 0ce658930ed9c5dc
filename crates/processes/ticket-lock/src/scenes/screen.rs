//! N3.4: ten processes print two-part lines; the lock keeps each line whole.

use std::io::{self, BufRead as _, BufReader, PipeWriter, Write as _, pipe};

use shared::{Result, claim, say};
use ticket_lock::ProcessLock;

const PROCESSES: usize = 10;

pub fn play() -> Result {
    // A pipe stands for the screen, so that the scene can see what is on it.
    let (seen, screen) = pipe()?;
    let lock = ProcessLock::new(())?;
    processes::scope(|family| {
        for number in 0..PROCESSES {
            let screen = screen.try_clone()?;
            let (name, lock) = (format!("process {number}"), &lock);
            family.spawn(&name.clone(), move || write(&name, screen, lock))?;
        }
        // The reader comes to the end when all who might still write have ended.
        drop(screen);
        let lines = BufReader::new(seen).lines().collect::<io::Result<Vec<_>>>()?;
        family.join()?;

        for line in &lines {
            say!("{line}");
        }
        claim!(lines.len() == PROCESSES, "there are as many lines as processes");
        let whole = (0..PROCESSES)
            .filter(|number| lines.contains(&whole_line(*number)))
            .count();
        claim!(whole == PROCESSES, "and all {whole} of them are whole");
        Ok(())
    })
}

fn write(name: &str, mut screen: PipeWriter, lock: &ProcessLock<()>) -> io::Result<()> {
    // A line that somebody has left unfinished is finished, so that the next one begins
    // on a line of its own.
    let _mine = lock
        .lock()
        .or_else(|inherited| inherited.recover(|()| screen.write_all(b"\n")))?;
    write!(screen, "{name} says hello ")?;
    // Whoever is waiting for a core gets its chance to come between.
    std::thread::yield_now();
    writeln!(screen, "and good-bye")
}

fn whole_line(number: usize) -> String {
    format!("process {number} says hello and good-bye")
}
