//! All servers of the course under one load: system calls, context switches and CPU
//! time a request at 50 and 500 connections, and how long answers take.
//!
//! Prints the table. Each server is a process of its own, `serve --by …`, which shares
//! the machine's cores with the load.

#![forbid(unsafe_code)]

use std::path::Path;

use coroutine_server::kit::{Cost, SERVERS, measure};
use shared::bench::{Measured, record};

const REQUESTS: u64 = 50_000;

fn main() {
    let program = Path::new(env!("CARGO_BIN_EXE_coroutine-server"));
    println!(
        "| connections | server | calls | switches | CPU µs | requests/s | p50 µs \
         | p99 µs |"
    );
    println!("|---|---|---:|---:|---:|---:|---:|---:|");
    for connections in [50, 500] {
        for (by, _) in SERVERS {
            let cost = measure(program, by, connections, REQUESTS);
            let Cost { calls, switches, micros, outcome } = match cost {
                Ok(cost) => cost,
                Err(error) => {
                    eprintln!("{by} is left out: {error:#}");
                    continue;
                }
            };
            let (ops, seconds) = (outcome.requests, outcome.time.as_secs_f64());
            let bench = format!("echo-{connections}/{by}");
            let cpu_seconds = micros * ops as f64 / 1e6;
            record(&Measured { bench, ops, seconds, cpu_seconds });
            println!(
                "| {connections} | {by} | {calls:.2} | {switches:.2} | {micros:.2} \
                 | {:.0} | {} | {} |",
                ops as f64 / seconds,
                outcome.p50.as_micros(),
                outcome.p99.as_micros()
            );
        }
    }
}
