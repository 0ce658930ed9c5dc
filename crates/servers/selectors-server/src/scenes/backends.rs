//! N3.10: select, poll and epoll serve the same load beside silent clients.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};
use selectors_server::backend::Backend;
use selectors_server::{Epoll, HAHA, Poll, Select, callbacks};
use shared::{Result, claim, say};
use socket_server::Server;
use socket_server::kit::{Load, Until, share_one_core};

const SILENT: usize = 400;
const REQUESTS: u64 = 3_000;

pub fn play() -> Result {
    // A wake-up on another core would cost more than the request.
    share_one_core()?;
    let select = cost::<Select>()?;
    let poll = cost::<Poll>()?;
    let epoll = cost::<Epoll>()?;
    // select and poll hand the kernel all 401 connections for each request of one;
    // epoll is told of that one alone.
    claim!(
        epoll.as_secs_f64() < 0.8 * poll.as_secs_f64(),
        "epoll takes less of the processor than poll"
    );
    claim!(
        epoll.as_secs_f64() < 0.8 * select.as_secs_f64(),
        "epoll takes less of the processor than select"
    );
    Ok(())
}

/// The processor's time that a server takes for a request of one busy client beside
/// many silent ones.
fn cost<B: Backend>() -> Result<Duration> {
    let used = Mutex::new(Duration::ZERO);
    let outcome = Server::local(HAHA)?.during(
        |server| {
            callbacks::<B>(server, |_| ())?;
            let time = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)?;
            *used.lock().unwrap_or_else(PoisonError::into_inner) = time.into();
            Ok(())
        },
        |address| {
            anyhow::Ok(
                Load::connect(address, HAHA, 1, 64)?
                    .idle(SILENT)?
                    .run(Until::Requests(REQUESTS))?,
            )
        },
    )?;
    let used = *used.lock().unwrap_or_else(PoisonError::into_inner) / REQUESTS as u32;
    say!(
        "{}: {} requests answered, {:.1} µs of the processor each",
        B::NAME,
        outcome.requests,
        used.as_secs_f64() * 1e6
    );
    let all = (outcome.requests, outcome.errors) == (REQUESTS, 0);
    claim!(all, "{} has answered every request, and every byte is right", B::NAME);
    Ok(used)
}
