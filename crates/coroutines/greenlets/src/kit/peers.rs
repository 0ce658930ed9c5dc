//! Pairs of greenlets, and of their peers in other libraries, that take turns.
//!
//! Each function makes a pair that hands over to each other `switches` times in all,
//! and returns when both have ended.

use std::sync::mpsc::sync_channel;

use corosensei::{Coroutine, CoroutineResult, Yielder};

use crate::Error;

/// Two greenlets that switch to each other.
///
/// # Errors
/// If there is no memory for their stacks.
///
/// ```
/// greenlets::kit::peers::greenlets(1_000)?;
/// # Ok::<(), greenlets::Error>(())
/// ```
pub fn greenlets(switches: u64) -> Result<(), Error> {
    crate::scope(|group| {
        let (main, first, second) =
            (group.current(), group.greenlet("first"), group.greenlet("second"));
        for (one, other) in [(first, second), (second, first)] {
            one.run(move |mut turn| {
                while turn < switches {
                    turn = other.switch(turn + 1);
                }
                main.switch(turn)
            })?;
        }
        first.switch(0);
        Ok(())
    })
}

/// Two bare coroutines of corosensei: each suspends itself with the other's number and
/// a value, and a loop resumes that one.
///
/// ```
/// greenlets::kit::peers::corosensei(1_000);
/// ```
pub fn corosensei(switches: u64) {
    let other = |number: usize| {
        Coroutine::new(move |way_out: &Yielder<u64, (usize, u64)>, mut turn| {
            while turn < switches {
                turn = way_out.suspend((number, turn + 1));
            }
        })
    };
    let mut both = [other(1), other(0)];
    let (mut next, mut turn) = (0, 0);
    while let CoroutineResult::Yield(gone_to) = both[next].resume(turn) {
        (next, turn) = gone_to;
    }
}

/// Two coroutines of may on one worker thread that yield to each other.
///
/// A third coroutine spawns them: only then does may run them in turn for certain.
///
/// ```
/// greenlets::kit::peers::may(1_000);
/// ```
pub fn may(switches: u64) {
    may::config().set_workers(1);
    let both = may::go!(move || {
        may::coroutine::scope(|scope| {
            for _ in 0..2 {
                may::go!(scope, move || (0..switches / 2)
                    .for_each(|_| may::coroutine::yield_now()));
            }
        });
    });
    drop(both.join());
}

/// Two tasks on tokio's current-thread runtime that yield to each other.
///
/// # Errors
/// If the runtime cannot be built.
///
/// ```
/// greenlets::kit::peers::tokio(1_000)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn tokio(switches: u64) -> std::io::Result<()> {
    let yields = move || async move {
        for _ in 0..switches / 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
        let both = [tokio::spawn(yields()), tokio::spawn(yields())];
        for one in both {
            drop(one.await);
        }
    });
    Ok(())
}

/// Two threads that hand a turn to each other through channels without room, so that
/// one waits while the other runs.
///
/// ```
/// greenlets::kit::peers::threads(100);
/// ```
pub fn threads(switches: u64) {
    let (to_first, first) = sync_channel(0);
    let (to_second, second) = sync_channel(0);
    let play = |mine: std::sync::mpsc::Receiver<u64>,
                others: std::sync::mpsc::SyncSender<u64>| {
        while let Ok(turn) = mine.recv() {
            if turn == switches || others.send(turn + 1).is_err() {
                break;
            }
        }
    };
    std::thread::scope(|scope| {
        let begin = to_first.clone();
        scope.spawn(|| play(first, to_second));
        scope.spawn(|| play(second, to_first));
        // Fails only if the first has panicked, which the scope reports.
        let _ = begin.send(0);
    });
}
