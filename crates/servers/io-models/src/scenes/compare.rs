//! N3.9: the models beside each other: calls, sleeps, copies, and the work they allow.

use std::collections::BTreeMap;

use io_models::Spent;
use io_models::kit::measured;
use shared::{Result, claim, say};

use crate::models::MODELS;

pub fn play() -> Result {
    let mut table = BTreeMap::new();
    for (name, read) in MODELS {
        let (message, spent, steps) = measured(read)?;
        table.insert(name, (message, spent, steps));
    }
    say!(
        "{:13} {:>7} {:>7} {:>7} {:>9}",
        "model",
        "calls",
        "sleeps",
        "copied",
        "steps"
    );
    for (name, _) in MODELS {
        let (_, spent, steps) = &table[name];
        let Spent { voluntary, copied, .. } = spent;
        let calls = spent.calls.total();
        say!("{name:13} {calls:>7} {voluntary:>7} {copied:>7} {steps:>9}");
    }
    let calls = |name: &str| table[name].1.calls;
    let steps = |name: &str| table[name].2;

    claim!(
        table.values().all(|(message, ..)| message == b"hello"),
        "each model read the five bytes that were sent"
    );
    claim!(
        ["blocking", "select", "poll", "epoll"].iter().all(|name| steps(name) == 0),
        "a thread that blocks or multiplexes does no useful work while it waits"
    );
    claim!(
        ["non-blocking", "signal-driven", "posix-aio", "asynchronous", "polled-ring"]
            .iter()
            .all(|name| steps(name) >= 1_000),
        "a thread of the other models does a thousand steps and more while it waits"
    );
    let others = MODELS.iter().map(|(name, _)| calls(name).total()).sum::<u64>()
        - calls("non-blocking").total();
    claim!(
        calls("non-blocking").total() > 10 * others,
        "the non-blocking model takes ten times the calls of all others together"
    );
    claim!(
        calls("asynchronous").total() < calls("epoll").total(),
        "the ring takes fewer calls for a read than epoll, both with their setup"
    );
    Ok(())
}
