//! How long it takes to start a thread and to join it, spread over the cores and on one
//! core; and of which parts that consists.
//!
//! An operation is one thread whose function does nothing.

use std::thread;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;
use shared::bench::{Measured, cpu_time, record};
use threads::Life;

/// Starts and joins so many threads, one after the other.
type Side = (&'static str, fn(u64));

fn start_and_join(criterion: &mut Criterion) {
    let sides: [Side; 4] = [
        ("threads", ours),
        ("std", std),
        ("std scope", scope),
        ("crossbeam", crossbeam),
    ];
    for on_one_core in [false, true] {
        let case = if on_one_core { "one core" } else { "spread" };
        let mut group = criterion.benchmark_group(case);
        group.throughput(Throughput::Elements(1)).sample_size(10);
        for (side, work) in sides {
            let bench = format!("{case}/{side}");
            group.bench_function(side, |bencher| {
                bencher.iter_custom(|ops| {
                    shared::bench::run(&bench, ops, || {
                        place_and_run(on_one_core, || work(ops));
                    })
                });
            });
        }
    }
}

fn ours(ops: u64) {
    for _ in 0..ops {
        threads::spawn("t", || ()).expect("a thread").join().expect("no panic");
    }
}

fn std(ops: u64) {
    for _ in 0..ops {
        let named = thread::Builder::new().name("t".to_owned());
        named.spawn(|| ()).expect("a thread").join().expect("no panic");
    }
}

fn scope(ops: u64) {
    for _ in 0..ops {
        thread::scope(|scope| {
            let named = thread::Builder::new().name("t".to_owned());
            named.spawn_scoped(scope, || ()).expect("a thread");
        });
    }
}

fn crossbeam(ops: u64) {
    for _ in 0..ops {
        let ended = crossbeam::scope(|scope| {
            let named = scope.builder().name("t".to_owned());
            named.spawn(|_| ()).expect("a thread");
        });
        ended.expect("no panic");
    }
}

/// A part of a life.
type Part = fn(&Life) -> Duration;

/// The Ts and the Td of threads whose function does nothing; and the Tr of threads that
/// compute, with the time that the kernel has counted of it.
fn life(criterion: &mut Criterion) {
    let parts: [(&str, Part); 2] = [("Ts", |it| it.start), ("Td", |it| it.end)];
    let mut group = criterion.benchmark_group("life");
    group.throughput(Throughput::Elements(1)).sample_size(10);
    for (side, part) in parts {
        group.bench_function(side, |bencher| {
            bencher.iter_custom(|ops| {
                let before = cpu_time();
                let time = (0..ops)
                    .map(|_| part(&Life::of("t", || ()).expect("a life").1))
                    .sum::<Duration>();
                // Of the whole life: the CPU time of a part cannot be told apart.
                let cpu = cpu_time().saturating_sub(before);
                keep(&format!("life/{side}"), ops, time, cpu);
                time
            });
        });
    }
    group.bench_function("Tr of a millisecond", |bencher| {
        bencher.iter_custom(|ops| {
            let (mut time, mut counted) = (Duration::ZERO, Duration::ZERO);
            for _ in 0..ops {
                let ((), life) = Life::of("t", compute).expect("a life");
                time += life.run.time;
                counted += life.run.on_core + life.run.ready;
            }
            // As the CPU time stands what the kernel has counted, on a core or ready.
            keep("life/Tr of a millisecond", ops, time, counted);
            time
        });
    });
}

fn compute() {
    let end = Instant::now() + Duration::from_millis(1);
    while Instant::now() < end {
        std::hint::spin_loop();
    }
}

fn keep(bench: &str, ops: u64, time: Duration, cpu: Duration) {
    record(&Measured {
        bench: bench.to_owned(),
        ops,
        seconds: time.as_secs_f64(),
        cpu_seconds: cpu.as_secs_f64(),
    });
}

/// Does the work in a thread of its own, whose threads all run where it runs.
fn place_and_run(on_one_core: bool, work: impl FnOnce() + Send) {
    let place = || {
        if on_one_core {
            stay_on_one_core().expect("a core to stay on");
        }
        work();
    };
    thread::scope(|scope| {
        scope.spawn(place);
    });
}

/// Keeps this thread, and those that it will start, on the first core that it may use.
fn stay_on_one_core() -> nix::Result<()> {
    let this = Pid::from_raw(0);
    let may_use = sched_getaffinity(this)?;
    let mut one = CpuSet::new();
    let first = (0..CpuSet::count()).find(|&core| may_use.is_set(core) == Ok(true));
    one.set(first.expect("a core"))?;
    sched_setaffinity(this, &one)
}

criterion_group!(benches, start_and_join, life);
criterion_main!(benches);
