//! All servers of the course under one load: system calls, context switches and CPU
//! time a request at 50 and 500 connections, and how long answers take.
//!
//! Prints a table. Each server is a process of its own, `serve --by …`, on a core of
//! its own where the machine has two. The servers take turns, and each figure is the
//! median of the rounds.
//!
//! `cargo xtask bench` has rounds of its own, so for it this is one round, whose
//! figures it takes from `BENCH_LOG`.

#![forbid(unsafe_code)]

use std::path::Path;

use coroutine_server::kit::{Cost, SERVERS, measure};
use shared::bench::{Measured, record};

const ROUNDS: usize = 5;

const REQUESTS: u64 = 100_000;

fn main() {
    println!(
        "| connections | server | calls | switches | CPU µs | requests/s | p50 µs \
         | p99 µs |"
    );
    println!("|---|---|---:|---:|---:|---:|---:|---:|");
    for connections in [50, 500] {
        compare(connections);
    }
}

fn compare(connections: usize) {
    let program = Path::new(env!("CARGO_BIN_EXE_coroutine-server"));
    let mut sides = SERVERS.map(|(by, _)| (by, Vec::new()));
    for _ in 0..rounds() {
        for (by, costs) in &mut sides {
            match measure(program, by, connections, REQUESTS) {
                Ok(cost) => {
                    let bench = format!("echo-{connections}/{by}");
                    let seconds = cost.outcome.time.as_secs_f64();
                    let cpu_seconds = cost.micros * REQUESTS as f64 / 1e6;
                    record(&Measured { bench, ops: REQUESTS, seconds, cpu_seconds });
                    costs.push(cost);
                }
                Err(error) => eprintln!("{by} is left out: {error:#}"),
            }
        }
    }
    for (by, costs) in sides.iter().filter(|(_, costs)| !costs.is_empty()) {
        println!(
            "| {connections} | {by} | {:.3} | {:.3} | {:.2} | {:.0} | {:.0} | {:.0} |",
            median(costs, |cost| cost.calls),
            median(costs, |cost| cost.switches),
            median(costs, |cost| cost.micros),
            median(costs, |cost| REQUESTS as f64 / cost.outcome.time.as_secs_f64()),
            median(costs, |cost| cost.outcome.p50.as_secs_f64() * 1e6),
            median(costs, |cost| cost.outcome.p99.as_secs_f64() * 1e6),
        );
    }
}

fn rounds() -> usize {
    if std::env::var_os("BENCH_LOG").is_some() { 1 } else { ROUNDS }
}

fn median(costs: &[Cost], figure: impl Fn(&Cost) -> f64) -> f64 {
    let mut figures: Vec<_> = costs.iter().map(figure).collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
