//! Empty tasks a second, and a sum by halves: this pool, rayon and chili.
//!
//! The figure of a task includes waiting until the last has run; that of a sum is for
//! one number. `tasks` come from a thread outside, `nested` from a task of the pool.

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
        thread_count: std::num::NonZero::new(THREADS),
        ..chili::Config::default()
    });
    // Threads are started, and stay.
    ours.join(|| (), || ());

    let run = |count: Arc<Count>| {
        ours.run(|| (), move |_| count.one_more()).expect("open");
    };
    let sides: [Side; 2] = [
        ("ThreadPool", &|tasks| counted(tasks, run)),
        ("rayon", &|tasks| {
            counted(tasks, |count| rayon.spawn(move || count.one_more()));
        }),
    ];
    compare(criterion, "tasks", &sides);

    let sides: [Side; 2] = [
        ("ThreadPool", &|tasks| {
            let pool = Arc::clone(&ours);
            let task = ours.spawn(move || {
                counted(tasks, |count| {
                    pool.run(|| (), move |_| count.one_more()).expect("open");
                });
            });
            task.expect("open").join().expect("no panic");
        }),
        ("rayon", &|tasks| {
            let count =
                Arc::new(Count { left: AtomicU64::new(tasks), all: Latch::new() });
            rayon.install(|| {
                for _ in 0..tasks {
                    let count = Arc::clone(&count);
                    rayon::spawn(move || count.one_more());
                }
            });
            count.all.wait();
        }),
    ];
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

/// Counts the tasks that have run.
struct Count {
    left: AtomicU64,
    all: Latch,
}

impl Count {
    fn one_more(&self) {
        if self.left.fetch_sub(1, Relaxed) == 1 {
            self.all.open();
        }
    }
}

/// Starts so many tasks and waits until the last has run.
fn counted(tasks: u64, start: impl Fn(Arc<Count>)) {
    let count = Arc::new(Count { left: AtomicU64::new(tasks), all: Latch::new() });
    for _ in 0..tasks {
        start(Arc::clone(&count));
    }
    count.all.wait();
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
