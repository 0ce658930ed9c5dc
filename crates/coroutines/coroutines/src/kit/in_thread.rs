//! A call that blocks, made in a thread of its own, so that only one coroutine waits.

use std::thread;

use may::sync::mpsc;
use shared::Result;

/// Makes the call in a new thread, while the calling coroutine of may waits.
///
/// may has no such function, where tokio has [`tokio::task::spawn_blocking`]. If the
/// coroutine is cancelled, the thread goes on: no thread can be cancelled.
///
/// # Errors
/// That of the call; if no thread can be started; or if the call panics.
pub fn on_may(call: impl FnOnce() -> Result + Send + 'static) -> Result {
    let (done, wait) = mpsc::channel();
    thread::Builder::new().name("blocking".to_owned()).spawn(move || {
        // Fails only if the coroutine waits no longer.
        let _ = done.send(call());
    })?;
    wait.recv()?
}

/// Makes the call in a thread that tokio keeps for such calls, while the task waits.
///
/// # Errors
/// That of the call; or if the call panics.
pub async fn on_tokio(call: impl FnOnce() -> Result + Send + 'static) -> Result {
    tokio::task::spawn_blocking(call).await?
}
