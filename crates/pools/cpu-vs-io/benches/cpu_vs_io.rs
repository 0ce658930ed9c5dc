//! Four tasks of 10 ms in each way, beside rayon; and the error of each prediction.

use std::time::Duration;

use cpu_vs_io::kit::tell;
use cpu_vs_io::{Job, Machine, Task, Way};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

/// How often a job is run for the error of its prediction; the shortest run counts.
const RUNS: u32 = 20;

criterion_main!(jobs);

criterion_group! {
    name = jobs;
    config = Criterion::default()
        .sample_size(10)
        .measurement_time(Duration::from_secs(2))
        .warm_up_time(Duration::from_millis(500));
    targets = errors, compute
}

/// Prints what is predicted and what is measured. On a quiet machine the error is to be
/// at most 10 %.
fn errors(_criterion: &mut Criterion) {
    let machine = Machine::measure().expect("threads and processes");
    println!("{machine}");
    let millis = Duration::from_millis;
    let jobs = [
        ("compute", Job::new(4, Task::computing(millis(10)))),
        ("sleep", Job::new(4, Task::waiting(millis(50)))),
        ("half", Job::new(16, Task::of(millis(10), 0.5))),
        (
            "callbacks",
            Job::new(4, Task::computing(millis(10)))
                .callback(Task::computing(millis(2))),
        ),
    ];
    for (name, job) in jobs {
        for way in Way::ALL {
            let name = format!("{name}/{way}");
            let predicted = machine.predict(way, &job);
            tell::predicted(&name, predicted);
            let run = |_| machine.run(way, &job).expect("no process is killed").time;
            let time = (0..RUNS).map(run).min().unwrap_or_default();
            tell::compared(&name, predicted, time);
        }
    }
}

fn compute(criterion: &mut Criterion) {
    let machine = Machine::measure().expect("threads and processes");
    let job = Job::new(4, Task::computing(Duration::from_millis(10)));
    let run = |way| machine.run(way, &job).expect("no process is killed");
    for way in Way::ALL {
        side(criterion, &way.to_string().replace(' ', "-"), || {
            run(way);
        });
    }
    // A job of one task, by each of rayon's threads. They stay: no process after this.
    let one = Job::new(1, job.task);
    let pool = rayon::ThreadPoolBuilder::new().build().expect("threads");
    side(criterion, "rayon", || {
        pool.scope(|scope| {
            for _ in 0..job.tasks {
                scope.spawn(|_| {
                    machine.run(Way::Serial, &one).expect("no process");
                });
            }
        });
    });
}

fn side(criterion: &mut Criterion, name: &str, run: impl Fn()) {
    let bench = format!("compute/{name}");
    criterion.benchmark_group("compute").bench_function(
        BenchmarkId::from_parameter(name),
        |bencher| {
            bencher.iter_custom(|jobs| {
                shared::bench::run(&bench, jobs, || (0..jobs).for_each(|_| run()))
            });
        },
    );
}
