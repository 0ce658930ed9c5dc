//! N2.15: twenty threads run in one process, and share its data.

use std::collections::BTreeSet;
use std::process::id;
use std::sync::{Arc, Mutex, PoisonError};

use nix::unistd::gettid;
use shared::{Result, claim, pace, say};

/// What each thread has seen, in one list for all: the number that it was given, the
/// process it runs in, and what the kernel calls it.
type Seen = Mutex<Vec<(u32, u32, i32)>>;

pub fn play() -> Result {
    let seen = Arc::new(Seen::default());
    say!("in main {}", id());
    let mut threads = Vec::new();
    for i in 0..20 {
        // Each thread owns the list together with main, for any of them may be the
        // last one. Python counts the owners of everything that there is.
        let seen = Arc::clone(&seen);
        threads.push(threads::spawn(format!("Thread-{i}"), move || func(i, &seen))?);
    }
    // The note's program need not: Python's interpreter waits at its end. In Rust the
    // threads would end with main.
    for thread in threads {
        thread.join()?;
    }

    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    let numbers: BTreeSet<_> = seen.iter().map(|(i, ..)| *i).collect();
    claim!(
        numbers.into_iter().eq(0..20),
        "the list that main made has an entry of each of the 20 threads"
    );
    claim!(
        seen.iter().all(|(_, pid, _)| *pid == id()),
        "all 20 threads ran in the process of main"
    );
    let tids: BTreeSet<_> = seen.iter().map(|(.., tid)| tid).collect();
    claim!(tids.len() == 20, "the kernel knew them as 20 different threads");
    Ok(())
}

fn func(i: u32, seen: &Seen) {
    pace::sleep(1.0);
    say!("in func {i} {}", id());
    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    seen.push((i, id(), gettid().as_raw()));
}
