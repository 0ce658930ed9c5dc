//! N5.11: ten processes count down a shared array, one at a time.

use std::time::Instant;

use shared::{Result, claim, pace, say};
use ticket_lock::{Inherited, ProcessLock};

pub fn play() -> Result {
    // The note has an array beside its lock, and nothing that keeps one from using it
    // without the other.
    let array = ProcessLock::new([10; 10])?;
    let begin = Instant::now();
    processes::scope(|family| {
        for number in 0..10 {
            family.spawn(&format!("foo-{number}"), || foo(&array))?;
        }
        family.join()?;
        let took = pace::note_secs(begin.elapsed());
        let first = array.lock().unwrap_or_else(Inherited::into_inner)[0];
        claim!(first == 0, "ten have counted down from ten, and none was lost");
        claim!(
            took >= 10.0,
            "each held the lock for a second: that took {took:.1} s, no less than ten"
        );
        Ok(())
    })
}

fn foo(array: &ProcessLock<[i32; 10]>) {
    // Numbers are never half changed, whoever has died.
    let mut array = array.lock().unwrap_or_else(Inherited::into_inner);
    array[0] -= 1;
    pace::sleep(1.0);
    say!("say hi {}", array[0]);
}
