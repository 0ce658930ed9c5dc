//! What a task costs, spawned in a nursery and waited for: a hundred at a time, each of
//! which lets the others run once.

use std::convert::Infallible;
use std::time::Duration;

use coroutines::kit::one_thread;
use coroutines::{on_may, on_tokio};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use tokio::task::JoinSet;

const AT_A_TIME: u64 = 100;

criterion_main!(tasks);

criterion_group! {
    name = tasks;
    config = Criterion::default()
        .sample_size(10)
        .measurement_time(Duration::from_secs(2))
        .warm_up_time(Duration::from_millis(500));
    targets = sides
}

fn sides(criterion: &mut Criterion) {
    one_thread::for_may();
    side(criterion, "on_may", nursery_on_may);
    side(criterion, "may", may_alone);
    side(criterion, "on_tokio", nursery_on_tokio);
    side(criterion, "tokio", tokio_alone);
    side(criterion, "thread", threads);
}

fn side(criterion: &mut Criterion, name: &str, run: impl Fn(u64)) {
    let bench = format!("task/{name}");
    criterion.benchmark_group("task").bench_function(
        BenchmarkId::from_parameter(name),
        |bencher| {
            bencher.iter_custom(|tasks| {
                shared::bench::run(&bench, tasks, || {
                    let rounds = tasks / AT_A_TIME;
                    (0..rounds).for_each(|_| run(AT_A_TIME));
                    run(tasks % AT_A_TIME);
                })
            });
        },
    );
}

fn nursery_on_may(tasks: u64) {
    let all: Result<(), coroutines::Failed<Infallible>> = on_may::nursery(|nursery| {
        for _ in 0..tasks {
            nursery.spawn("task", || {
                may::coroutine::yield_now();
                Ok(())
            });
        }
        Ok(())
    });
    all.expect("no task fails");
}

/// As fair as may allows: spawned by a coroutine, which joins them.
fn may_alone(tasks: u64) {
    let all = may::go!(move || {
        let all: Vec<_> =
            (0..tasks).map(|_| may::go!(may::coroutine::yield_now)).collect();
        for task in all {
            task.join().expect("no panic");
        }
    });
    all.join().expect("no panic");
}

fn nursery_on_tokio(tasks: u64) {
    one_thread::with_tokio(async {
        on_tokio::nursery(async |nursery| {
            for _ in 0..tasks {
                nursery.spawn("task", async {
                    tokio::task::yield_now().await;
                    Ok::<_, Infallible>(())
                });
            }
            Ok(())
        })
        .await?;
        Ok(())
    })
    .expect("no task fails");
}

fn tokio_alone(tasks: u64) {
    one_thread::with_tokio(async {
        let mut all: JoinSet<()> =
            (0..tasks).map(|_| tokio::task::yield_now()).collect();
        while let Some(ended) = all.join_next().await {
            ended?;
        }
        Ok(())
    })
    .expect("no task fails");
}

fn threads(tasks: u64) {
    std::thread::scope(|scope| {
        for _ in 0..tasks {
            scope.spawn(std::thread::yield_now);
        }
    });
}
