//! What criterion does not measure: the server's CPU time a request, p99, fairness, and
//! what silent clients cost.
//!
//! Prints the tables that stand in the crate's documentation. The sides take turns, and
//! each figure is the median of the rounds, so that a change of the machine's mood hits
//! all alike. For gevent's side `PYTHON` names an interpreter that has what stands in
//! `crates/requirements.txt`, such as the one that `cargo xtask twin` keeps in the
//! target folder.
//!
//! `cargo xtask bench` has rounds of its own, so for it this is one round, whose
//! figures it takes from `BENCH_LOG`.

use std::time::Duration;

use shared::bench::{Measured, record};
use socket_server::Protocol;
use socket_server::kit::{Load, Outcome, Until};

mod peers;

const ROUNDS: usize = 9;

const TIME: Until = Until::Time(Duration::from_secs(1));

/// How many clients say nothing, or as many as the limit on open files allows: load and
/// server are two processes, and each needs a descriptor for every connection.
const SILENT: u64 = 10_000;

/// Descriptors for all else that load or server have open.
const OTHERS: u64 = 250;

fn main() {
    peers::be_one_if_asked();
    println!(
        "| connections | server | CPU µs/request | requests/s | p50 µs | p99 µs \
         | fairness |"
    );
    println!("|---|---|---:|---:|---:|---:|---:|");
    for connections in [1, 50, 500] {
        compare(connections);
    }
    silent_clients();
}

/// A run, and the server's CPU time for each of its requests, in µs.
type Run = (Outcome, f64);

fn compare(connections: usize) {
    let mut sides: Vec<_> = peers::SIDES
        .into_iter()
        .filter_map(|side| {
            let server = peers::Peer::start(side)?;
            let load = Load::connect(server.address, Protocol::ECHO, connections, 64)
                .expect("clients");
            Some((side, server, load, Vec::new()))
        })
        .collect();
    for _ in 0..rounds() {
        for (side, server, load, runs) in &mut sides {
            runs.push(run(&format!("fairness-{connections}/{side}"), server, load));
        }
    }
    for (side, _, _, runs) in sides {
        println!(
            "| {connections} | {side} | {:.2} | {:.0} | {:.0} | {:.0} | {:.3} |",
            median(&runs, |(_, cpu)| *cpu),
            median(&runs, |(outcome, _)| rate(outcome)),
            median(&runs, |(outcome, _)| outcome.p50.as_secs_f64() * 1e6),
            median(&runs, |(outcome, _)| outcome.p99.as_secs_f64() * 1e6),
            median(&runs, |(outcome, _)| outcome.fairness),
        );
    }
}

/// Fifty busy clients, with and without thousands beside them that say nothing.
fn silent_clients() {
    let silent = SILENT.min(peers::descriptors().saturating_sub(OTHERS)) as usize;
    let (alone, crowded) = (
        peers::Peer::start("selectors-server"),
        peers::Peer::start("selectors-server"),
    );
    let (alone, crowded) = (alone.expect("a server"), crowded.expect("a server"));
    let connect = |server: &peers::Peer| {
        Load::connect(server.address, Protocol::ECHO, 50, 64).expect("clients")
    };
    let (mut few, many) = (connect(&alone), connect(&crowded));
    let before = crowded.memory();
    let mut many = many.idle(silent).expect("silent clients");
    let bytes = (crowded.memory() - before) as f64 / silent as f64;

    let mut runs = (Vec::new(), Vec::new());
    for _ in 0..rounds() {
        runs.0.push(run("50-busy/alone", &alone, &mut few));
        runs.1.push(run(
            &format!("50-busy/beside {silent} silent ones"),
            &crowded,
            &mut many,
        ));
    }
    println!(
        "\n| 50 busy clients | requests/s | server CPU µs/request |\n|---|---:|---:|"
    );
    for (beside, runs) in [
        ("alone".to_owned(), &runs.0),
        (format!("beside {silent} silent ones"), &runs.1),
    ] {
        let (requests, cpu) =
            (median(runs, |(outcome, _)| rate(outcome)), median(runs, |(_, cpu)| *cpu));
        println!("| {beside} | {requests:.0} | {cpu:.2} |");
    }
    println!("\nA silent client costs the server {bytes:.0} bytes of its own memory.");
}

fn rounds() -> usize {
    if std::env::var_os("BENCH_LOG").is_some() { 1 } else { ROUNDS }
}

fn run(bench: &str, server: &peers::Peer, load: &mut Load) -> Run {
    let before = server.cpu_time();
    let outcome = load.run(TIME).expect("answers");
    assert_eq!(outcome.first_error, None);
    let cpu_seconds = server.cpu_time().saturating_sub(before).as_secs_f64();
    let (ops, seconds) = (outcome.requests, outcome.time.as_secs_f64());
    record(&Measured { bench: bench.to_owned(), ops, seconds, cpu_seconds });
    (outcome, cpu_seconds * 1e6 / ops as f64)
}

fn rate(outcome: &Outcome) -> f64 {
    outcome.requests as f64 / outcome.time.as_secs_f64()
}

fn median(runs: &[Run], of: impl Fn(&Run) -> f64) -> f64 {
    let mut values: Vec<f64> = runs.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
