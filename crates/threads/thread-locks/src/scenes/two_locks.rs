//! N2.21: two threads take two locks crosswise: one gets an error with all four lines.

use std::collections::BTreeSet;
use std::sync::Barrier;
use std::thread::{self, Builder};

use anyhow::Context as _;
use interleavings::{Limits, explore};
use shared::{Result, claim, say};
use thread_locks::{Detector, Key, Lock, Ordered, WouldDeadlock, levels};

pub fn play() -> Result {
    let errors = deadlock()?;
    claim!(
        errors.len() == 1,
        "one of two crosswise threads got an error, and only one"
    );
    // Either may have been the last to wait.
    let mut cycle = errors.first().context("no error")?.cycle.to_vec();
    cycle.sort_by(|one, other| one.thread.cmp(&other.thread));
    let mut lines = BTreeSet::new();
    for order in &cycle {
        say!("{order}");
        lines.extend([order.first.place.line(), order.then.place.line()]);
    }
    claim!(lines.len() == 4, "the error names all four lines at which a lock is taken");

    let report = explore(by_level, Limits::default())?;
    say!("in an order that the compiler enforces: {report}");
    claim!(
        report.failures == 0,
        "no schedule deadlocks if the threads keep to an order"
    );
    Ok(())
}

fn deadlock() -> Result<Vec<WouldDeadlock>> {
    let detector = Detector::new();
    let fork = Lock::new(&detector, "fork", ());
    let knife = Lock::new(&detector, "knife", ());
    // It makes sure that each thread has its first lock.
    let both = Barrier::new(2);
    let named = |name: &str| Builder::new().name(name.to_owned());
    thread::scope(|scope| {
        let left = named("left").spawn_scoped(scope, || {
            let _fork = fork.lock()?;
            both.wait();
            knife.lock().map(drop)
        })?;
        let right = named("right").spawn_scoped(scope, || {
            let _knife = knife.lock()?;
            both.wait();
            fork.lock().map(drop)
        })?;
        let results = [left, right].map(|thread| thread.join().expect("no panic"));
        Ok(results.into_iter().filter_map(Result::err).collect())
    })
}

levels!(Fork, Knife);

pub fn by_level() {
    let (fork, knife) = (Ordered::<Fork, _>::new(()), Ordered::<Knife, _>::new(()));
    let eat = || {
        let mut key = Key::of_this_thread().expect("its only one");
        let (_fork, mut key) = fork.lock(&mut key);
        let (_knife, _) = knife.lock(&mut key);
    };
    interleavings::thread::scope(|scope| {
        scope.spawn(eat);
        scope.spawn(eat);
    });
}
