//! Useful work: the search for prime numbers, one number a step.

use std::cell::{Cell, RefCell};
use std::hint::black_box;
use std::sync::Arc;

use shared::trace::{self, Span};

use super::progress::Progress;

/// Work to do while there is nothing to read: each step tests one number for being a
/// prime.
///
/// ```
/// let work = io_models::kit::Work::new();
/// while work.primes() < 3 {
///     work.step();
/// }
/// assert!(work.steps() >= 3);
/// ```
#[derive(Debug)]
pub struct Work {
    pub(super) progress: Arc<Progress>,
    next: Cell<u64>,
    primes: Cell<u64>,
    /// In the trace: from the first step to the rest.
    span: RefCell<Option<Span>>,
}

impl Work {
    /// Work for this thread.
    #[must_use]
    pub fn new() -> Self {
        Self {
            progress: Arc::new(Progress::of_this_thread()),
            next: Cell::new(1_000_000),
            primes: Cell::new(0),
            span: RefCell::new(None),
        }
    }

    /// Does one step, about a microsecond.
    pub fn step(&self) {
        if self.span.borrow().is_none() {
            self.span.replace(Some(trace::span("works")));
        }
        let number = black_box(self.next.get());
        self.next.set(number + 1);
        if is_prime(number) {
            self.primes.set(self.primes.get() + 1);
        }
        self.progress.step();
    }

    /// Ends the work for now.
    pub fn rest(&self) {
        self.span.take();
    }

    /// How many steps have been done.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.progress.steps()
    }

    /// How many primes have been found.
    #[must_use]
    pub fn primes(&self) -> u64 {
        self.primes.get()
    }
}

impl Default for Work {
    fn default() -> Self {
        Self::new()
    }
}

fn is_prime(number: u64) -> bool {
    let mut factor = 2;
    while factor * factor <= number {
        if number.is_multiple_of(factor) {
            return false;
        }
        factor += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_work_finds_what_there_is() {
        let work = Work::new();
        (0..1_000).for_each(|_| work.step());
        // There are 78,498 primes below 1,000,000, and 78,573 below 1,001,000.
        assert_eq!((work.steps(), work.primes()), (1_000, 75));
    }
}
