//! The threads of [`std::thread`], which an exploration runs one step at a time.
//!
//! To spawn a thread, to end, and to join one are no steps.

mod handle;
mod local;
mod scope;

use std::panic::Location;
use std::time::Duration;

pub use std::thread::{Result, panicking};

pub use handle::{Builder, JoinHandle, Thread, ThreadId, current, spawn};
pub use local::LocalKey;
pub use scope::{Scope, ScopedJoinHandle, scope};

use crate::op::{Needs, Op, Wait};
use crate::run;
use crate::schedule::Effect;

/// Gives way to the other threads.
///
/// In an exploration this is no step, but the caller takes none before another thread
/// has taken one, unless no other can. A loop that polls without giving way is made to
/// do so after ten rounds.
#[track_caller]
pub fn yield_now() {
    match run::current() {
        Some(run) => run.wait(Wait::Turn, Location::caller()),
        None => std::thread::yield_now(),
    }
}

/// Sleeps.
///
/// In an exploration no time is spent on it: a clock of the program's own jumps to the
/// end of the shortest sleep as soon as no thread can take a step.
#[track_caller]
pub fn sleep(time: Duration) {
    match run::current() {
        Some(run) => {
            let end = run.world().now().saturating_add(time);
            run.wait(Wait::Until(end), Location::caller());
        }
        None => std::thread::sleep(time),
    }
}

/// Waits until this thread is unparked, unless it was already. It is a step.
///
/// Outside an exploration it may also return spuriously, as std's does.
#[track_caller]
pub fn park() {
    match run::current() {
        Some(run) => {
            let place = Location::caller();
            let me = run.world().running();
            run.turn(Op::token(me), Needs::Token, place);
            run.world().take_token();
            run.did(place, Effect::Parks);
        }
        None => std::thread::park(),
    }
}
