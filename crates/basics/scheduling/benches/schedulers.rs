//! What a simulated schedule costs (N2.3).

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use scheduling::{Job, Policy};

/// An operation is the schedule of a thousand jobs.
fn simulator(criterion: &mut Criterion) {
    let jobs: Vec<Job> =
        (0..1_000).map(|n| Job::new(format!("{n}"), 7 * n, 5 + n % 11)).collect();
    for (side, policy) in [
        ("first-come-first-served", Policy::FirstComeFirstServed),
        ("round-robin", Policy::round_robin(4)),
        ("multilevel-feedback", Policy::multilevel_feedback([1, 2, 4], Some(50))),
        ("eevdf", Policy::Eevdf { slice: 3 }),
    ] {
        let bench = format!("1000-jobs/{side}");
        let run = |ops| {
            shared::bench::run(&bench, ops, || {
                for _ in 0..ops {
                    black_box(policy.schedule(black_box(&jobs)).is_ok());
                }
            })
        };
        criterion
            .benchmark_group("1000-jobs")
            .sample_size(10)
            .bench_function(side, |bencher| bencher.iter_custom(run));
    }
}

criterion_group!(benches, simulator);
criterion_main!(benches);
