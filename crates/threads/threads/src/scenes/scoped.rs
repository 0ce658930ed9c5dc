//! N5.3: threads of a scope borrow from the stack; std and crossbeam side by side.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::{self, Builder};

use shared::{Result, claim, say};

pub fn play() -> Result {
    // It belongs to this function, and is neither shared nor moved: the scope ends
    // before the function does, and with it the threads. Python has no such promise.
    let mut numbers = [1, 2, 3, 4];
    let (left, right) = numbers.split_at_mut(2);
    thread::scope(|scope| -> Result {
        Builder::new().name("left".into()).spawn_scoped(scope, || double(left))?;
        Builder::new().name("right".into()).spawn_scoped(scope, || double(right))?;
        Ok(())
    })?;
    say!("std: {numbers:?}");
    claim!(
        numbers == [2, 4, 6, 8],
        "two threads of std's scope doubled main's numbers"
    );

    let (left, right) = numbers.split_at_mut(2);
    let ended = crossbeam::scope(|scope| -> Result {
        scope.builder().name("left".into()).spawn(|_| double(left))?;
        scope.builder().name("right".into()).spawn(|_| double(right))?;
        Ok(())
    });
    ended.map_err(|_| anyhow::anyhow!("a thread panicked"))??;
    say!("crossbeam: {numbers:?}");
    claim!(
        numbers == [4, 8, 12, 16],
        "two threads of crossbeam's scope doubled main's numbers"
    );

    // They differ where a thread panics that was not joined.
    let std = catch_unwind(AssertUnwindSafe(|| {
        thread::scope(|scope| drop(scope.spawn(rotten)));
    }));
    let crossbeam = catch_unwind(AssertUnwindSafe(|| {
        crossbeam::scope(|scope| drop(scope.spawn(|_| rotten())))
    }));
    let says = |panics: bool| if panics { "panics" } else { "returns" };
    say!("with a panic: std's scope {}", says(std.is_err()));
    say!("with a panic: crossbeam's scope {}", says(crossbeam.is_err()));
    claim!(std.is_err(), "std's scope panicked after a thread of it had");
    claim!(
        matches!(crossbeam, Ok(Err(_))),
        "crossbeam's scope returned an error after a thread of it had panicked"
    );
    Ok(())
}

fn double(numbers: &mut [i32]) {
    for number in numbers {
        *number *= 2;
    }
}

fn rotten() {
    panic!("rotten apple")
}
