//! N5.11: ten processes count down a shared array, one at a time.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Instant;

use processes::SharedMemory;
use shared::{Result, claim, pace, say};
use ticket_lock::ProcessLock;

pub fn play() -> Result {
    // In the note the array is beside its lock, and can be used without it.
    let mut li = [0; 10];
    li[0] = 10;
    let lock = ProcessLock::new(li)?;
    let said = SharedMemory::new([const { AtomicU32::new(u32::MAX) }; 10], 0)?;
    let begin = Instant::now();
    processes::scope(|family| {
        for i in 0..10 {
            let (lock, said) = (&lock, &said[i]);
            family.spawn(&format!("foo-{i}"), move || foo(lock, said))?;
        }
        family.join()?;
        let took = pace::note_secs(begin.elapsed());
        let mut said: Vec<_> = said.iter().map(|said| said.load(Relaxed)).collect();
        said.sort_unstable();
        claim!(said.into_iter().eq(0..10), "each of the numbers 9 to 0 was said once");
        claim!(took >= 10.0, "the ten processes slept one after the other");
        Ok(())
    })
}

fn foo(lock: &ProcessLock<[u32; 10]>, said: &AtomicU32) {
    // A number is never half changed, even if a process is killed.
    let mut li = lock.lock_as_is();
    li[0] -= 1;
    pace::sleep(1.0);
    say!("say hi {}", li[0]);
    said.store(li[0], Relaxed);
}
