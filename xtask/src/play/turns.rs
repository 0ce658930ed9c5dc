//! Turns on the machine: a scene that measures has it to itself.

use std::sync::{PoisonError, RwLock};

use shared::{Need, SceneDescription};

/// Turns on the machine, shared by builds and plays, but for those that must be alone.
#[derive(Default)]
pub struct Turns(RwLock<()>);

impl Turns {
    /// Plays a scene in the turn that it needs.
    pub fn play<T>(&self, scene: &SceneDescription, work: impl FnOnce() -> T) -> T {
        if scene.needs.contains(&Need::Alone) {
            self.alone(work)
        } else {
            self.together(work)
        }
    }

    /// Does something beside others.
    pub fn together<T>(&self, work: impl FnOnce() -> T) -> T {
        // The lock guards no data that a panic could leave half-written.
        let _turn = self.0.read().unwrap_or_else(PoisonError::into_inner);
        work()
    }

    /// Does something while no other turn lasts.
    fn alone<T>(&self, work: impl FnOnce() -> T) -> T {
        let _turn = self.0.write().unwrap_or_else(PoisonError::into_inner);
        work()
    }
}
