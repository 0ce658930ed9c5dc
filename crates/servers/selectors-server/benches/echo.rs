//! The server over epoll against tokio's and mio's on one thread, a bare epoll loop,
//! and Python's `selectors`.
//!
//! One load generator for all, in this process; its requests a second are bounded by
//! what the kernel and the generator take, so it is the server's CPU time that tells
//! them apart (`BENCH_LOG`, or the bench `fairness`).

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group};
use shared::bench::{Measured, record};
use socket_server::Protocol;
use socket_server::kit::{Load, Until};

mod peers;

fn echo(criterion: &mut Criterion) {
    for connections in [1, 50, 500] {
        let case = format!("echo-{connections}");
        let mut group = criterion.benchmark_group(&case);
        group.throughput(Throughput::Elements(1));
        for side in peers::SIDES {
            let Some(server) = peers::Peer::start(side) else { continue };
            let mut load =
                Load::connect(server.address, Protocol::ECHO, connections, 64)
                    .expect("clients");
            group.bench_function(side, |bencher| {
                bencher.iter_custom(|requests| {
                    let before = server.cpu_time();
                    let outcome = load.run(Until::Requests(requests)).expect("answers");
                    assert_eq!(
                        (outcome.requests, outcome.first_error),
                        (requests, None)
                    );
                    let cpu_seconds =
                        server.cpu_time().saturating_sub(before).as_secs_f64();
                    let (bench, seconds) =
                        (format!("{case}/{side}"), outcome.time.as_secs_f64());
                    record(&Measured { bench, ops: requests, seconds, cpu_seconds });
                    outcome.time
                });
            });
        }
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3));
    targets = echo
}

fn main() {
    peers::be_one_if_asked();
    benches();
    Criterion::default().configure_from_args().final_summary();
}
