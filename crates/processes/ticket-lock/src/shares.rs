//! The turns with a lock that threads get, all of which want it all the time.

use std::ops::DerefMut;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

const THREADS: usize = 4;
const TURNS: usize = 400;

/// Gives 400 turns to four threads, and returns how many each of them got.
///
/// `lock` takes the lock, whose value is the number of turns so far. A thread keeps the
/// lock until the others wait. A `TicketLock` knows how many do: `waiting` returns
/// that. For another lock `waiting` returns its argument, the number of threads that
/// are about to call `lock`.
pub fn share_out<Turns: DerefMut<Target = usize>>(
    lock: impl Fn() -> Option<Turns> + Sync,
    waiting: impl Fn(usize) -> usize + Sync,
) -> Vec<u64> {
    let coming = AtomicUsize::new(0);
    let take_turns = || {
        let mut share = 0;
        coming.fetch_add(1, SeqCst);
        while let Some(mut turns) = lock() {
            coming.fetch_sub(1, SeqCst);
            if *turns == TURNS {
                break;
            }
            *turns += 1;
            share += 1;
            while waiting(coming.load(SeqCst)) < THREADS - 1 {
                thread::yield_now();
            }
            coming.fetch_add(1, SeqCst);
        }
        share
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(take_turns)).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    })
}
