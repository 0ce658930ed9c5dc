//! N1.21: system calls, context switches and CPU time a request, for six servers.

use std::collections::BTreeMap;

use coroutine_server::Ring;
use coroutine_server::kit::{Cost, SERVERS, measure, or_skip};
use shared::{Result, claim, say};
use socket_server::kit::share_one_core;

const CLIENTS: usize = 50;
const REQUESTS: u64 = 2_000;

pub fn play() -> Result {
    or_skip(Ring::new())?;
    // Load and server take turns: an answer finds no other core asleep, which would
    // cost more to wake than the answer does.
    share_one_core()?;
    let program = std::env::current_exe()?;
    let mut costs = BTreeMap::new();
    say!("{:8} {:>8} {:>8} {:>8}", "server", "calls", "switches", "µs");
    for (by, _) in SERVERS {
        let cost = measure(&program, by, CLIENTS, REQUESTS)?;
        let Cost { calls, switches, micros, .. } = cost;
        say!("{by:8} {calls:>8.2} {switches:>8.2} {micros:>8.1}");
        costs.insert(by, cost);
    }
    let calls = |by: &str| costs[by].calls;
    let switches = |by: &str| costs[by].switches;

    claim!(
        ["thread", "select", "epoll", "may", "tokio"].iter().all(|by| calls(by) >= 2.0),
        "a server that waits for sockets makes two system calls a request at least"
    );
    claim!(
        calls("ring") < 0.5,
        "the ring makes one system call for two requests or more"
    );
    claim!(
        ["select", "epoll", "tokio", "ring"]
            .iter()
            .all(|by| switches("thread") > 2.0 * switches(by)),
        "a thread for each client takes twice the context switches of any one thread"
    );
    Ok(())
}
