//! N3.10: silent clients cost select and poll, but not epoll.

use std::time::Duration;

use selectors_server::backend::Backend;
use selectors_server::{Epoll, HAHA, Poll, Select, callbacks};
use shared::{Result, claim, say};
use socket_server::Server;
use socket_server::kit::{Load, Until, cpu_time, share_one_core};

const SILENT: usize = 400;
const REQUESTS: u64 = 3_000;
/// The cheapest of three parts counts: other work can only make one dearer.
const PART: u64 = REQUESTS / 3;

pub fn play() -> Result {
    // A wake-up on another core would cost more than the request.
    share_one_core()?;
    let select = growth::<Select>()?;
    let poll = growth::<Poll>()?;
    let epoll = growth::<Epoll>()?;
    // select and poll hand the kernel all 401 connections for each request of one;
    // epoll is told of that one alone.
    claim!(
        select > 2.0,
        "with select {SILENT} silent clients at least double a request's cost"
    );
    claim!(
        poll > 2.0,
        "with poll {SILENT} silent clients at least double a request's cost"
    );
    claim!(
        epoll < 3.0,
        "with epoll {SILENT} silent clients do not triple a request's cost"
    );
    Ok(())
}

/// How many times as much a request of one busy client costs beside silent ones.
fn growth<B: Backend>() -> Result<f64> {
    let [alone, beside] = [cost::<B>(0)?, cost::<B>(SILENT)?];
    let name = B::NAME;
    say!("{name}: {alone:.1?} a request, {beside:.1?} beside {SILENT} silent clients");
    Ok(beside.as_secs_f64() / alone.as_secs_f64())
}

/// The processor's time that the server takes for a request.
fn cost<B: Backend>(silent: usize) -> Result<Duration> {
    Server::local(HAHA)?.during(
        |server| Ok(callbacks::<B>(server, |_| ())?),
        |address| {
            let mut load = Load::connect(address, HAHA, 1, 64)?.idle(silent)?;
            let (mut least, mut right) = (Duration::MAX, 0);
            for _ in 0..3 {
                // `during` gives the server's thread this name.
                let before = cpu_time("server")?;
                let outcome = load.run(Until::Requests(PART))?;
                least = least.min(cpu_time("server")?.saturating_sub(before));
                right += outcome.requests - outcome.errors;
            }
            claim!(
                right == REQUESTS,
                "each of {REQUESTS} requests is answered with the right bytes"
            );
            Ok(least / PART as u32)
        },
    )
}
