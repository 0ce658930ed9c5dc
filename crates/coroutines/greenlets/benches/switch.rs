//! What one switch costs, in five ways.

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use greenlets::kit::peers;

criterion_main!(switch);

criterion_group! {
    name = switch;
    config = Criterion::default()
        .measurement_time(Duration::from_secs(2))
        .warm_up_time(Duration::from_millis(500));
    targets = sides
}

fn sides(criterion: &mut Criterion) {
    side(criterion, "Greenlet", |switches| peers::greenlets(switches).expect("stacks"));
    side(criterion, "corosensei", peers::corosensei);
    side(criterion, "may", peers::may);
    side(criterion, "tokio", |switches| peers::tokio(switches).expect("a runtime"));
    side(criterion, "thread", peers::threads);
}

fn side(criterion: &mut Criterion, name: &str, take_turns: impl Fn(u64)) {
    let bench = format!("switch/{name}");
    criterion.benchmark_group("switch").bench_function(
        BenchmarkId::from_parameter(name),
        |bencher| {
            bencher.iter_custom(|switches| {
                shared::bench::run(&bench, switches, || take_turns(switches))
            });
        },
    );
}
