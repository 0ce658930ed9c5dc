//! What the scenes, the tests and the benchmarks need beside the fetcher: a server of
//! pages and of faults, a runtime, names for tasks, and a client that blocks.

mod answer;
mod blocking;
mod counts;
mod fault;
mod lane;
mod server;

pub use blocking::get_blocking;
pub use counts::Counts;
pub use fault::Fault;
pub use lane::lane;
pub use server::{PAGES, SOON, Server};

/// Runs a future on the calling thread, with tokio's runtime for one thread.
///
/// # Errors
/// If the runtime cannot be built, for want of descriptors.
///
/// ```
/// assert_eq!(url_fetch::kit::block_on(async { 1 + 1 })?, 2);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn block_on<F: Future>(future: F) -> std::io::Result<F::Output> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    Ok(builder.enable_all().build()?.block_on(future))
}
