//! What the scene `async` needs beside tokio: tasks with names, and the notes' pace.

use shared::{lane, pace, trace};

tokio::task_local! { static NAME: String }

/// The task, which speaks by that name: [`shared::say!`] and the trace show it as a
/// lane of its own.
pub fn named<F: Future>(name: &str, task: F) -> impl Future<Output = F::Output> {
    lane::name_coroutines_by(|| NAME.try_with(Clone::clone).ok());
    NAME.scope(name.to_owned(), task)
}

/// Sleeps as long as [`pace::sleep`], but lets the thread's other tasks go on.
pub async fn sleep(note_seconds: f64) {
    trace::sleep(pace::secs(note_seconds));
    tokio::time::sleep(pace::secs(note_seconds)).await;
}
