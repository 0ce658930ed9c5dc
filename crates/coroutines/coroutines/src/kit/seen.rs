//! What a coroutine has seen of itself.

use std::thread::{self, ThreadId};

use shared::lane;

/// The value of a coroutine, its name, and the threads that ran it.
#[derive(Debug)]
pub struct Seen {
    /// Its value.
    pub value: usize,
    /// Its name.
    pub name: String,
    /// The threads that ran it before its sleep and after it.
    pub threads: [ThreadId; 2],
}

impl Seen {
    /// Called by the coroutine at its end.
    #[must_use]
    pub fn new(value: usize, before: ThreadId) -> Self {
        let threads = [before, thread::current().id()];
        Self { value, name: lane::current(), threads }
    }
}
