//! N2.26: the cost of a switch: greenlets, coroutines of may, tokio tasks, threads.

use std::time::Duration;

use greenlets::peers;
use shared::bench::cpu_time;
use shared::{Result, claim, say, trace};

pub fn play() -> Result {
    let greenlet =
        cost("greenlet", 200_000, |switches| Ok(peers::greenlets(switches)?))?;
    let may = cost("may", 50_000, |switches| {
        peers::may(switches);
        Ok(())
    })?;
    let tokio = cost("tokio", 50_000, |switches| Ok(peers::tokio(switches)?))?;
    let thread = cost("thread", 2_000, |switches| {
        peers::threads(switches);
        Ok(())
    })?;
    // `cargo run` hardly optimizes: `cargo bench -p greenlets` gives the figures to
    // quote.
    claim!(
        10.0 * greenlet < thread,
        "ten switches cost less than one hand-over between two threads"
    );
    claim!(
        may < thread && tokio < thread,
        "whoever does not leave the thread is cheaper, scheduler or not"
    );
    Ok(())
}

/// Says what one of so many switches costs, in nanoseconds of CPU time: the best of
/// five runs, as other work can only make one longer.
fn cost(name: &str, switches: u64, take_turns: impl Fn(u64) -> Result) -> Result<f64> {
    let _runs = trace::span(&format!("5 times {switches} switches by {name}"));
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let begin = cpu_time();
        take_turns(switches)?;
        best = best.min(cpu_time().saturating_sub(begin));
    }
    let nanoseconds = best.as_secs_f64() * 1e9 / switches as f64;
    say!("{name:<8} {nanoseconds:8.1} ns of CPU time a switch");
    Ok(nanoseconds)
}
