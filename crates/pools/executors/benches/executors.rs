//! Empty tasks a second through pools of four workers: submitted one by one with all
//! results taken, with a callback each, by `map`, and a flood of many at once.
//!
//! An operation is one task. The time includes making the pool and shutting it down;
//! the CPU time is that of all threads and processes.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use executors::{Executor, Future, Outcome, ProcessPoolExecutor, ThreadPoolExecutor};

const WORKERS: usize = 4;

/// How many tasks are in a pool at once, as in the Python bench.
const AT_ONCE: u64 = 20_000;

fn nothing(n: u64) -> u64 {
    n
}

fn executors(criterion: &mut Criterion) {
    let cases: [(&str, Case); 5] = [
        ("submit", Case::Submit),
        ("callbacks", Case::Callbacks),
        ("map-1", Case::Map(1)),
        ("map-16", Case::Map(16)),
        ("map-256", Case::Map(256)),
    ];
    for (name, case) in cases {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(1)).sample_size(10);
        // First the processes: criterion has no thread while it measures.
        group.bench_function("ProcessPoolExecutor", |bencher| {
            bencher.iter_custom(|tasks| {
                let bench = format!("{name}/ProcessPoolExecutor");
                shared::bench::run(&bench, tasks, || by_processes(case, tasks))
            });
        });
        group.bench_function("ThreadPoolExecutor", |bencher| {
            bencher.iter_custom(|tasks| {
                let bench = format!("{name}/ThreadPoolExecutor");
                shared::bench::run(&bench, tasks, || by_threads(case, tasks))
            });
        });
    }
}

/// A flood of tasks, all submitted before the first result is taken.
fn flood(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("flood");
    group.throughput(Throughput::Elements(1)).sample_size(10);
    group.bench_function("ProcessPoolExecutor, 100,000", |bencher| {
        bencher.iter_custom(|ops| {
            shared::bench::run("flood/ProcessPoolExecutor", 100_000, || {
                by_processes(Case::Flood, 100_000);
            })
            .mul_f64(ops as f64 / 100_000.0)
        });
    });
    group.bench_function("ThreadPoolExecutor, 1,000,000", |bencher| {
        bencher.iter_custom(|ops| {
            shared::bench::run("flood/ThreadPoolExecutor", 1_000_000, || {
                by_threads(Case::Flood, 1_000_000);
            })
            .mul_f64(ops as f64 / 1_000_000.0)
        });
    });
}

#[derive(Clone, Copy)]
enum Case {
    Submit,
    Callbacks,
    Map(usize),
    Flood,
}

fn by_processes(case: Case, tasks: u64) {
    processes::scope(|family| {
        let pool = ProcessPoolExecutor::new(family, WORKERS)?;
        run(&pool, case, tasks);
        pool.shutdown()
    })
    .expect("a pool");
}

fn by_threads(case: Case, tasks: u64) {
    let pool = ThreadPoolExecutor::new(WORKERS).expect("a pool");
    run(&pool, case, tasks);
    pool.shutdown().expect("a good end");
}

fn run(pool: &impl Executor, case: Case, tasks: u64) {
    match case {
        Case::Map(chunk_size) => {
            let results = pool.map(nothing, 0..tasks).chunk_size(chunk_size);
            let results = results.buffer_size(AT_ONCE as usize);
            assert!(results.map(Result::unwrap_or_default).eq(0..tasks));
        }
        Case::Flood => submit_all(pool, 0..tasks, false),
        Case::Submit | Case::Callbacks => {
            for begin in (0..tasks).step_by(AT_ONCE as usize) {
                let some = begin..tasks.min(begin + AT_ONCE);
                submit_all(pool, some, matches!(case, Case::Callbacks));
            }
        }
    }
}

fn submit_all(pool: &impl Executor, tasks: std::ops::Range<u64>, with_callbacks: bool) {
    let futures: Vec<Future<u64>> = tasks
        .map(|n| {
            let future = pool.submit(nothing, n).expect("an open pool");
            if with_callbacks {
                future.add_done_callback(|outcome: &Outcome<u64>| {
                    black_box(outcome.is_ok());
                });
            }
            future
        })
        .collect();
    for future in futures {
        black_box(future.result().expect("a result"));
    }
}

criterion_group!(benches, executors, flood);
criterion_main!(benches);
