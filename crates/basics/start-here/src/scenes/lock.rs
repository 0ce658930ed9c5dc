//! N2.10: four children count in one number, which a lock keeps whole.

use shared::{Result, claim, say};
use ticket_lock::ProcessLock;

pub fn play() -> Result {
    // The lock holds its number. Both lie in memory that all processes share.
    let sent = ProcessLock::new(0)?;
    processes::scope(|family| {
        for name in ["aaa", "bbb", "ccc", "ddd"] {
            family.spawn(name, || send_all(name, &sent))?;
        }
        family.join()?;
        let sent = *sent.lock_as_is();
        say!("main has counted {sent}");
        claim!(sent == 100, "the four children sent and counted 25 mails each");
        Ok(())
    })
}

fn send_all(name: &str, sent: &ProcessLock<u32>) {
    for _ in 0..25 {
        // The guard is the way to the number. The lock is free again when the guard
        // goes, at the end of this block.
        let mut sent = sent.lock_as_is();
        *sent += 1;
    }
    say!("25 mails to {name} are sent");
}
