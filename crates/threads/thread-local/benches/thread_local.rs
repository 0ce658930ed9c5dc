//! What a get of a value costs: by a thread, by a coroutine of may, by a task of tokio,
//! beside what each of them has for it.

use std::cell::Cell;
use std::hint::black_box;
use std::sync::LazyLock;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use thread_local::{ByIdent, Local};
use thread_local_peer::ThreadLocal;

static LOCAL: Local<u64> = Local::new();
static BY_IDENT: LazyLock<ByIdent<u64>> = LazyLock::new(ByIdent::new);
static PEER: LazyLock<ThreadLocal<Cell<u64>>> = LazyLock::new(ThreadLocal::new);

thread_local! {
    static STD: Cell<u64> = const { Cell::new(1) };
}

may::coroutine_local!(static COROUTINE: Cell<u64> = Cell::new(1));

tokio::task_local! {
    static TASK: u64;
}

/// Gets a value so many times.
type Gets = fn(u64);

fn gets(criterion: &mut Criterion) {
    let sides: [(&str, &str, Gets); 8] = [
        ("thread", "Local", |times| in_thread(times, || LOCAL.get())),
        ("thread", "std", |times| in_thread(times, || Some(STD.get()))),
        ("thread", "thread_local", |times| {
            in_thread(times, || PEER.get().map(Cell::get));
        }),
        ("thread", "ByIdent", |times| in_thread(times, || BY_IDENT.get("KEY"))),
        ("coroutine", "Local", |times| in_coroutine(times, || LOCAL.get())),
        ("coroutine", "coroutine_local", |times| {
            in_coroutine(times, || Some(COROUTINE.with(Cell::get)));
        }),
        ("task", "Local", |times| in_task(times, || LOCAL.get())),
        ("task", "task_local", |times| in_task(times, || TASK.try_get().ok())),
    ];
    let mut group = criterion.benchmark_group("get");
    group.throughput(Throughput::Elements(1)).sample_size(10);
    for (lane, side, gets) in sides {
        let bench = format!("{lane}/{side}");
        group.bench_function(&bench, |bencher| {
            bencher
                .iter_custom(|times| shared::bench::run(&bench, times, || gets(times)));
        });
    }
}

/// Sets the value of each side for the running thread or coroutine.
fn set() {
    LOCAL.set(1).expect("a thread or a coroutine");
    BY_IDENT.set("KEY", 1);
    PEER.get_or(|| Cell::new(1));
}

fn repeat(times: u64, get: impl Fn() -> Option<u64>) {
    let sum: u64 = (0..times).filter_map(|_| black_box(get())).sum();
    assert_eq!(sum, times, "each get finds the value 1");
}

/// In another thread than the first one, whose stack is not looked up.
fn in_thread(times: u64, get: impl Fn() -> Option<u64> + Send) {
    std::thread::scope(|scope| {
        scope.spawn(|| {
            set();
            repeat(times, get);
        });
    });
}

fn in_coroutine(times: u64, get: impl Fn() -> Option<u64> + Send + 'static) {
    let coroutine = may::go!(move || {
        set();
        repeat(times, get);
    });
    coroutine.join().expect("no panic");
}

fn in_task(times: u64, get: impl Fn() -> Option<u64> + Send + 'static) {
    let task = LOCAL.scope(1, TASK.scope(1, async move { repeat(times, get) }));
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.expect("a runtime");
    runtime.block_on(async { tokio::spawn(task).await }).expect("no panic");
}

criterion_group!(benches, gets);
criterion_main!(benches);
