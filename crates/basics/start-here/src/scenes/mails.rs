//! N2.7: four mails are sent at once; together they take as long as the slowest.

use std::time::Instant;

use shared::{Result, claim, pace, say};

/// To whom, and how many seconds it takes.
const MAILS: [(&str, f64); 4] =
    [("aaa", 1.0), ("bbb", 2.0), ("ccc", 2.5), ("ddd", 3.0)];

pub fn play() -> Result {
    let begin = Instant::now();
    processes::scope(|family| -> Result {
        for (name, seconds) in MAILS {
            family.spawn(name, || send(name, seconds))?;
        }
        say!("four children are at work");
        // The scope ends here, and waits for all children that are left.
        Ok(())
    })?;
    let took = pace::note_secs(begin.elapsed());
    let sum: f64 = MAILS.iter().map(|(_, seconds)| seconds).sum();
    claim!(took >= 3.0, "four mails took no less than the slowest of them");
    claim!(took < sum, "four mails took less than one after the other");
    Ok(())
}

fn send(name: &str, seconds: f64) {
    // A second of the notes is a tenth of a second here, unless PACE says otherwise.
    pace::sleep(seconds);
    say!("mail to {name} is sent");
}
