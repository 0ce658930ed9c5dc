//! N2.26: the cost of a switch: greenlets, coroutines of may, tokio tasks, threads.

use greenlets::kit::cpu::best_of_five;
use greenlets::kit::peers;
use shared::{Result, claim, say};

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
    // These are not the figures to quote: `cargo run` hardly optimizes, and
    // `cargo bench -p greenlets` does.
    claim!(
        10.0 * greenlet < thread,
        "ten switches of greenlets cost less than a thread's"
    );
    claim!(2.0 * may < thread, "two switches of may cost less than a thread's");
    claim!(2.0 * tokio < thread, "two switches of tokio cost less than a thread's");
    Ok(())
}

/// Says what one of `switches` switches costs, and returns that: nanoseconds of CPU
/// time.
fn cost(name: &str, switches: u64, take_turns: impl Fn(u64) -> Result) -> Result<f64> {
    let time = best_of_five(&format!("5 times {switches} switches by {name}"), || {
        take_turns(switches)
    })?;
    let nanoseconds = time.as_secs_f64() * 1e9 / switches as f64;
    say!("{name:<8} {nanoseconds:8.1} ns of CPU time a switch");
    Ok(nanoseconds)
}
