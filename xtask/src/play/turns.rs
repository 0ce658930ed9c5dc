//! Turns on the machine: a scene that measures has it to itself.

use std::sync::{PoisonError, RwLock};

/// Turns on the machine, shared by builds and plays, but for those that must be alone.
#[derive(Default)]
pub struct Turns(RwLock<()>);

impl Turns {
    /// Does something beside others.
    pub fn together<T>(&self, work: impl FnOnce() -> T) -> T {
        // The lock guards no data that a panic could leave half-written.
        let _turn = self.0.read().unwrap_or_else(PoisonError::into_inner);
        work()
    }

    /// Does something while no other turn lasts.
    pub fn alone<T>(&self, work: impl FnOnce() -> T) -> T {
        let _turn = self.0.write().unwrap_or_else(PoisonError::into_inner);
        work()
    }
}
