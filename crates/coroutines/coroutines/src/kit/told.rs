//! What coroutines have told, in the order in which they did.

use std::sync::{Arc, Mutex, PoisonError};

use shared::say;

/// A list of lines that coroutines may share.
///
/// ```
/// let told = coroutines::kit::told::Told::default();
/// told.tell("eat 1");
/// told.tell("eat 2");
/// assert_eq!(told.lines(), ["eat 1", "eat 2"]);
/// assert!(told.starts_with(&["eat 1"]) && told.ends_with(&["eat 2"]));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Told(Arc<Mutex<Vec<String>>>);

/// Tells a line at its end; made by [`Told::at_end`].
#[derive(Debug)]
pub struct AtEnd {
    told: Told,
    line: &'static str,
}

impl Told {
    /// Prints the line, and notes it down.
    pub fn tell(&self, line: &str) {
        // The lock makes one step of the two, so that they have the same order.
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        say!("{line}");
        lines.push(line.to_owned());
    }

    /// Tells the line when the guard is dropped.
    #[must_use = "the line is told when the guard is dropped"]
    pub fn at_end(&self, line: &'static str) -> AtEnd {
        AtEnd { told: self.clone(), line }
    }

    /// All lines so far.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether these were the first lines.
    #[must_use]
    pub fn starts_with(&self, first: &[&str]) -> bool {
        let lines = self.lines();
        lines.get(..first.len()).is_some_and(|lines| lines == first)
    }

    /// Whether these were the last lines so far.
    #[must_use]
    pub fn ends_with(&self, last: &[&str]) -> bool {
        let lines = self.lines();
        let begin = lines.len().checked_sub(last.len());
        begin.is_some_and(|begin| lines[begin..] == *last)
    }
}

impl Drop for AtEnd {
    fn drop(&mut self) {
        self.told.tell(self.line);
    }
}
