//! The notes' sleeps, which let other coroutines run meanwhile.
//!
//! A sleep of no time is gevent's `sleep(0)`: those that are ready run first.

use shared::{pace, trace};

/// Sleeps for so many note-seconds in a coroutine of may.
pub fn on_may(note_seconds: f64) {
    let time = pace::secs(note_seconds);
    if time.is_zero() {
        return may::coroutine::yield_now();
    }
    trace::sleep(time);
    may::coroutine::sleep(time);
}

/// Sleeps for so many note-seconds in a task of tokio.
pub async fn on_tokio(note_seconds: f64) {
    let time = pace::secs(note_seconds);
    if time.is_zero() {
        return tokio::task::yield_now().await;
    }
    trace::sleep(time);
    tokio::time::sleep(time).await;
}

/// Sleeps for so many note-seconds as the thread does, which blocks its coroutines.
///
/// # Errors
/// None; a task is asked for one.
pub fn blocking(note_seconds: f64) -> shared::Result {
    pace::sleep(note_seconds);
    Ok(())
}
