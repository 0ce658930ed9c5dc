//! Empty tasks a second, and a sum by halves: this pool, rayon and chili.
//!
//! The figure of the tasks includes waiting until the last has run; that of the sums is
//! for one number. `tasks` come from a thread outside, `nested` from a task of the pool,
//! `awaited` are joined one by one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use thread_pool::{Latch, ThreadPool};

/// As many as a small machine has cores.
const THREADS: usize = 2;

/// Does so many operations.
type Side<'a> = (&'a str, &'a dyn Fn(u64));

fn pools(criterion: &mut Criterion) {
    let ours = Arc::new(ThreadPool::new(THREADS).expect("threads"));
    let rayon = rayon::ThreadPoolBuilder::new().num_threads(THREADS);
    let rayon = Arc::new(rayon.build().expect("threads"));
    let chili = chili::ThreadPool::with_config(chili::Config {
        thread_count: Some(THREADS),
        ..chili::Config::default()
    });
    // Threads are started, and stay.
    ours.join(|| (), || ());

    let sides: [Side; 2] = [
        ("ThreadPool", &|tasks| {
            counted(tasks, |end| ours.run(|| (), end).expect("open"))
        }),
        ("rayon", &|tasks| counted(tasks, |end| rayon.spawn(move || end(Ok(()))))),
    ];
    compare(criterion, "tasks", &sides);

    let nested = |tasks| {
        let pool = Arc::clone(&ours);
        in_a_task(&ours, move || {
            counted(tasks, |end| pool.run(|| (), end).expect("open"));
        });
    };
    let nested_rayon = |tasks| {
        let (sender, done) = std::sync::mpsc::channel();
        rayon.install(|| {
            let left = Arc::new(AtomicU64::new(tasks));
            for _ in 0..tasks {
                let (left, sender) = (Arc::clone(&left), sender.clone());
                rayon::spawn(move || {
                    if left.fetch_sub(1, Relaxed) == 1 {
                        sender.send(()).expect("waits");
                    }
                });
            }
        });
        done.recv().expect("done");
    };
    let sides: [Side; 2] = [("ThreadPool", &nested), ("rayon", &nested_rayon)];
    compare(criterion, "nested", &sides);

    let sides: [Side; 3] = [
        ("ThreadPool", &|numbers| {
            let numbers: Vec<_> = (0..numbers).collect();
            ours.join(|| (), || sum(&ours, &numbers));
        }),
        ("rayon", &|numbers| {
            let numbers: Vec<_> = (0..numbers).collect();
            rayon.install(|| sum_by_rayon(&numbers));
        }),
        ("chili", &|numbers| {
            let numbers: Vec<_> = (0..numbers).collect();
            sum_by_chili(&mut chili.scope(), &numbers);
        }),
    ];
    for leaf in LEAVES {
        LEAF.store(leaf as u64, Relaxed);
        compare(criterion, &format!("fork-join, leaves of {leaf}"), &sides);
    }
}

/// How many numbers are added up without a further fork.
const LEAVES: [usize; 2] = [1_000, 10];
static LEAF: AtomicU64 = AtomicU64::new(0);

fn compare(criterion: &mut Criterion, case: &str, sides: &[Side]) {
    let mut group = criterion.benchmark_group(case);
    group.throughput(Throughput::Elements(1)).sample_size(10);
    for (side, work) in sides {
        let bench = format!("{case}/{side}");
        let run = |ops| shared::bench::run(&bench, ops, || work(ops));
        group.bench_function(*side, |bencher| bencher.iter_custom(run));
    }
}

type Result = std::result::Result<(), thread_pool::Panic>;

/// Starts so many tasks, each with this callback, and waits until the last has run.
fn counted(tasks: u64, start: impl Fn(Box<dyn FnOnce(Result) + Send>)) {
    let (left, done) = (Arc::new(AtomicU64::new(tasks)), Arc::new(Latch::new()));
    for _ in 0..tasks {
        let (left, done) = (Arc::clone(&left), Arc::clone(&done));
        start(Box::new(move |_| {
            if left.fetch_sub(1, Relaxed) == 1 {
                done.open();
            }
        }));
    }
    done.wait();
}

fn in_a_task(pool: &ThreadPool, task: impl FnOnce() + Send + 'static) {
    pool.spawn(task).expect("open").join().expect("no panic");
}

fn leaf() -> usize {
    LEAF.load(Relaxed) as usize
}

fn sum(pool: &ThreadPool, numbers: &[u64]) -> u64 {
    if numbers.len() <= leaf() {
        return numbers.iter().sum();
    }
    let (left, right) = numbers.split_at(numbers.len() / 2);
    let (left, right) = pool.join(|| sum(pool, left), || sum(pool, right));
    left + right
}

fn sum_by_rayon(numbers: &[u64]) -> u64 {
    if numbers.len() <= leaf() {
        return numbers.iter().sum();
    }
    let (left, right) = numbers.split_at(numbers.len() / 2);
    let (left, right) = rayon::join(|| sum_by_rayon(left), || sum_by_rayon(right));
    left + right
}

fn sum_by_chili(scope: &mut chili::Scope<'_>, numbers: &[u64]) -> u64 {
    if numbers.len() <= leaf() {
        return numbers.iter().sum();
    }
    let (left, right) = numbers.split_at(numbers.len() / 2);
    let (left, right) = scope
        .join(|scope| sum_by_chili(scope, left), |scope| sum_by_chili(scope, right));
    left + right
}

criterion_group!(benches, pools);
criterion_main!(benches);
