//! Runtimes with one thread for all coroutines.

/// Starts may with one worker thread, unless it has been started.
///
/// A coroutine that has slept goes on in the thread of may's timers nevertheless.
pub fn for_may() {
    may::config().set_workers(1);
    // Starting takes a while, which is none of the coroutines' time.
    let first = may::go!(|| ());
    first.wait();
}

/// Lets all coroutines of may run once that are ready, and those that have been spawned
/// but have not begun.
///
/// may's `yield_now` lets only coroutines run that have begun: a worker looks for new
/// ones when it has no other to run.
pub fn let_others_begin() {
    may::go!(|| ()).wait();
}

/// Runs a future of tokio, and all tasks that it spawns, on this thread.
///
/// # Errors
/// That of the future; or if the kernel has no descriptor left for the runtime.
///
/// ```
/// let sum = coroutines::kit::one_thread::with_tokio(async {
///     let task = tokio::spawn(async { 1 + 2 });
///     Ok(task.await?)
/// })?;
/// assert_eq!(sum, 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn with_tokio<T>(
    future: impl Future<Output = shared::Result<T>>,
) -> shared::Result<T> {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?
        .block_on(future)
}
