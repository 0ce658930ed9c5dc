//! What the scenes need beside the nursery: both runtimes with one thread, the notes'
//! sleeps, what was told, blocking calls, and counts of tasks and of their memory.

pub mod blocking_call;
pub mod both;
pub mod in_thread;
pub mod memory;
pub mod one_thread;
pub mod seen;
pub mod sleep;
pub mod sleepers;
pub mod tasks;
pub mod threads;
pub mod told;
