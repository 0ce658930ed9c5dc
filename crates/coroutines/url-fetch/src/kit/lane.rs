//! Names for tasks.

use tokio::task::futures::TaskLocalFuture;

tokio::task_local! {
    static LANE: String;
}

/// Gives a task the name under which its lines and its spans appear.
///
/// ```
/// use url_fetch::kit::{block_on, lane};
///
/// let name = block_on(lane("python", async { shared::lane::current() }))?;
/// assert_eq!(name, "python");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn lane<F: Future>(name: &str, task: F) -> TaskLocalFuture<String, F> {
    shared::lane::name_coroutines_by(|| LANE.try_with(Clone::clone).ok());
    LANE.scope(name.to_owned(), task)
}
