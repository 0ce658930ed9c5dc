//! Threads that sleep, to be measured beside coroutines.

use std::thread;

use shared::{Result, pace};

use super::sleepers::Sleepers;

/// Has each sleeper sleep in a thread of its own.
///
/// # Errors
/// If the kernel allows no more threads, or the memory cannot be measured.
pub fn sleep(sleepers: &Sleepers) -> Result {
    thread::scope(|scope| {
        for _ in 0..sleepers.all() {
            thread::Builder::new().spawn_scoped(scope, || -> Result {
                let mut asleep = sleepers.begin()?;
                while asleep.sleeps_on() {
                    pace::sleep(1.0);
                }
                Ok(())
            })?;
        }
        Ok(())
    })
}
