//! N5.7: a notification before the wait is lost: 2 of 4 schedules never end.

use anyhow::Context as _;
use interleavings::sync::{Condvar, Mutex};
use interleavings::{Limits, explore, thread};
use shared::{Result, claim, say};

pub fn play() -> Result {
    let report = explore(wait, Limits::default())?;
    say!("wait without a look: {report}");
    claim!(
        (report.schedules, report.failures) == (4, 2),
        "2 of the 4 schedules lose the notification, and the waiter waits for ever"
    );
    let failure = report.shortest_failure().context("no schedule fails")?;
    for line in failure.lines() {
        say!("{line}");
    }
    claim!(
        failure.shortest.preemptions == 0,
        "the notification is lost without any preemption if its thread is the first"
    );

    let report = explore(look_first, Limits::default())?;
    say!("wait only if it is not ready: {report}");
    claim!(
        (report.schedules, report.failures) == (4, 0),
        "none of the 4 schedules loses the notification if the waiter looks first"
    );
    Ok(())
}

pub fn wait() {
    meet(wait_blindly);
}

pub fn look_first() {
    meet(look_and_wait);
}

/// One thread waits until the other one says that it is ready.
fn meet(wait: fn(&Mutex<bool>, &Condvar)) {
    let (ready, condvar) = (Mutex::new(false), Condvar::new());
    thread::scope(|scope| {
        scope.spawn(|| wait(&ready, &condvar));
        scope.spawn(|| {
            *ready.lock().expect("no panic") = true;
            condvar.notify_one();
        });
    });
}

fn wait_blindly(ready: &Mutex<bool>, condvar: &Condvar) {
    let guard = ready.lock().expect("no panic");
    // Nothing remembers a notification that comes before this line.
    drop(condvar.wait(guard));
}

fn look_and_wait(ready: &Mutex<bool>, condvar: &Condvar) {
    let guard = ready.lock().expect("no panic");
    drop(condvar.wait_while(guard, |ready| !*ready));
}
