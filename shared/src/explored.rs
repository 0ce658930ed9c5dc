//! Programs that are run under every schedule: what they print and record is left out,
//! and their sleeps take no time.
//!
//! shared knows no explorer. One that runs such programs says so, and is then asked.

use std::sync::OnceLock;
use std::time::Duration;

/// What is asked of an explorer.
#[derive(Debug, Clone, Copy)]
pub struct Explorer {
    /// Whether the caller is a thread of an explored program.
    pub explores: fn() -> bool,
    /// Lets such a thread sleep, by a clock of the program's own.
    pub sleep: fn(Duration),
}

static EXPLORER: OnceLock<Explorer> = OnceLock::new();

/// Asks `explorer` from now on. There is one; naming it again changes nothing.
///
/// ```
/// use shared::explored::{self, Explorer};
///
/// explored::ask(Explorer { explores: || false, sleep: |_| () });
/// shared::say!("This is printed: nothing is explored.");
/// ```
pub fn ask(explorer: Explorer) {
    EXPLORER.get_or_init(|| explorer);
}

/// Whether the caller is a thread of an explored program.
pub(crate) fn is_explored() -> bool {
    EXPLORER.get().is_some_and(|explorer| (explorer.explores)())
}

/// Sleeps by the clock of the explored program; `false` if the caller is not of one.
pub(crate) fn sleep(time: Duration) -> bool {
    let explorer = EXPLORER.get().filter(|explorer| (explorer.explores)());
    explorer.map(|explorer| (explorer.sleep)(time)).is_some()
}
