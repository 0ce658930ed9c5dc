//! N1.17: a new thread, coroutine, task or child inherits the values that are chosen.

use shared::{Result, claim, say};
use thread_local::{Local, copy_context};
use tokio::runtime::Builder;

/// A trace follows a request wherever it goes on, so its number is inherited.
static TRACE: Local<u32> = Local::inherited();
/// A transaction belongs to the lane that has begun it.
static TRANSACTION: Local<u32> = Local::new();

pub fn play() -> Result {
    TRACE.set(7)?;
    TRANSACTION.set(1)?;
    seen_by("main");
    // First, since a process with several threads cannot be forked.
    processes::scope(|family| {
        family.spawn("child", child)?;
        family.join()
    })?;

    let seen = std::thread::spawn(|| seen_by("thread")).join().expect("no panic");
    claim!(seen == (None, None), "a thread without the context inherits no value");

    let context = copy_context();
    let in_context = || context.run(|| seen_by("thread with the context"));
    let seen = std::thread::spawn(in_context).join().expect("no panic");
    claim!(
        seen == (Some(7), None),
        "a thread with the context inherits the trace and not the transaction"
    );

    copy_context().run(|| TRACE.set(8))?;
    claim!(TRACE.get() == Some(7), "main keeps its trace when a copied context sets 8");

    let context = copy_context();
    let coroutine = may::go!(|| context.run(|| seen_by("coroutine with the context")));
    let seen = coroutine.join().expect("no panic");
    claim!(
        seen == (Some(7), None),
        "a coroutine with the context inherits the trace alone"
    );

    let task = copy_context().scope(async { seen_by("task with the context") });
    let runtime = Builder::new_current_thread().build()?;
    let seen = runtime.block_on(async { tokio::spawn(task).await })?;
    claim!(seen == (Some(7), None), "a task with the context inherits the trace alone");
    Ok(())
}

/// Forked, so it begins with a copy of all memory.
fn child() -> Result {
    let seen = seen_by("child");
    claim!(
        seen == (Some(7), None),
        "a forked child inherits the trace and not the transaction"
    );
    Ok(())
}

/// Says and returns the trace and the transaction of the running lane.
fn seen_by(lane: &str) -> (Option<u32>, Option<u32>) {
    let seen = (TRACE.get(), TRANSACTION.get());
    let trace = if seen.0.is_some() { "the trace" } else { "no trace" };
    let transaction =
        if seen.1.is_some() { "the transaction" } else { "no transaction" };
    say!("{lane}: {trace}, {transaction}");
    seen
}
