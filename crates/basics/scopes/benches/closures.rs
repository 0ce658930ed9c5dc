//! What a call of a closure costs, by what the caller knows of it (N5.1).

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};

/// An operation is one call of a closure that adds a captured number.
fn closures(criterion: &mut Criterion) {
    for (side, work) in [
        ("closure", closure as fn(u64)),
        ("fn pointer", fn_pointer),
        ("Box<dyn Fn>", boxed),
    ] {
        let bench = format!("call/{side}");
        criterion.benchmark_group("call").sample_size(10).bench_function(
            side,
            |bencher| {
                bencher
                    .iter_custom(|ops| shared::bench::run(&bench, ops, || work(ops)));
            },
        );
    }
}

fn closure(ops: u64) {
    let step = black_box(1);
    call(ops, |x| x + step);
}

fn fn_pointer(ops: u64) {
    fn next(x: u64) -> u64 {
        x + 1
    }
    call(ops, black_box(next as fn(u64) -> u64));
}

fn boxed(ops: u64) {
    let step = black_box(1);
    let add: Box<dyn Fn(u64) -> u64> = Box::new(move |x| x + step);
    call(ops, black_box(add));
}

fn call(ops: u64, f: impl Fn(u64) -> u64) {
    let mut x = 0;
    for _ in 0..ops {
        x = black_box(f(x));
    }
}

criterion_group!(benches, closures);
criterion_main!(benches);
