//! N3.4: ten processes print two-part lines; the lock keeps each line whole.

use std::io::{self, PipeWriter, Write as _, pipe};

use shared::{Result, claim, pace, say};
use ticket_lock::ProcessLock;

pub fn play() -> Result {
    // A pipe stands for the screen, so that the scene can read what is on it.
    let (seen, screen) = pipe()?;
    let lock = ProcessLock::new(())?;
    processes::scope(|family| {
        for i in 0..10 {
            let (screen, lock) = (screen.try_clone()?, &lock);
            family.spawn(&format!("process {i}"), move || func(i, screen, lock))?;
        }
        // The text ends when no process can write any more.
        drop(screen);
        let text = io::read_to_string(seen)?;
        family.join()?;

        let mut lines: Vec<_> = text.lines().collect();
        for line in &lines {
            say!("{line}");
        }
        lines.sort_unstable();
        let whole = (0..10).map(|i| format!("process {i} says hello and good-bye"));
        claim!(whole.eq(lines), "each of the ten processes printed a whole line");
        Ok(())
    })
}

fn func(i: i32, mut screen: PipeWriter, lock: &ProcessLock<()>) -> Result {
    let _held = lock.lock_as_is();
    write!(screen, "process {i} says hello ")?;
    // Long enough for the other processes to come between.
    pace::sleep(0.5);
    writeln!(screen, "and good-bye")?;
    Ok(())
}
