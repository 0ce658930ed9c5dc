//! A flag that threads wait for: Python's `threading.Event`.

use std::fmt;
use std::time::Duration;

use crate::Condition;
use crate::sync::Deadline;

/// A traffic light: red until it is [set](Self::set), and then green for all, until it
/// is [cleared](Self::clear) (N5.6).
///
/// ```
/// # use thread_signals::Event;
/// let green = Event::new();
/// std::thread::scope(|scope| {
///     for _car in 0..3 {
///         scope.spawn(|| green.wait());
///     }
///     green.set();
/// });
/// assert!(green.is_set());
/// ```
///
/// A plain flag does not replace it: one thread may not write a value while another
/// reads it.
///
/// ```compile_fail,E0506
/// let mut green = false;
/// std::thread::scope(|scope| {
///     scope.spawn(|| while !green {});
///     green = true;
/// });
/// ```
#[derive(Default)]
pub struct Event {
    flag: Condition<bool>,
}

const FOR_THE_EVENT: &str = "for the event";

impl Event {
    /// An event that is not set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the event: all threads that wait go on, and later ones do not wait.
    ///
    /// All that wait do go on, even if the event is cleared before they have woken up:
    /// they were notified, and do not check the flag again.
    pub fn set(&self) {
        let mut flag = self.flag.lock();
        *flag = true;
        flag.notify_all();
    }

    /// Clears the event: threads that come later wait.
    pub fn clear(&self) {
        *self.flag.lock() = false;
    }

    /// Whether the event is set.
    #[must_use]
    pub fn is_set(&self) -> bool {
        *self.flag.lock()
    }

    /// Waits until the event is set.
    pub fn wait(&self) {
        let mut flag = self.flag.lock();
        if !*flag {
            flag.wait_until(&Deadline::never(), FOR_THE_EVENT);
        }
    }

    /// Waits until the event is set, but for `timeout` at most, and returns whether it
    /// was set.
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        let mut flag = self.flag.lock();
        *flag || flag.wait_until(&Deadline::after(timeout), FOR_THE_EVENT)
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_set() { "Event(set)" } else { "Event(unset)" })
    }
}

#[cfg(all(test, loom))]
mod loom_models;
#[cfg(all(test, not(loom)))]
mod tests;
