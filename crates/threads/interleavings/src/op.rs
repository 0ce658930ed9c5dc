//! What a thread is about to do: what it touches, and what it needs or waits for.

use std::time::Duration;

use crate::schedule::Place;

/// What a step touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Op {
    objects: [usize; 2],
    only_reads: bool,
}

/// What a step needs in order to be possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    Nothing,
    /// That the lock is free for readers, and whether it is.
    Shared(bool),
    /// That the lock is free, and whether it is.
    Exclusive(bool),
    /// The token of the thread itself.
    Token,
}

/// What a thread without a step waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    Notification {
        condvar: usize,
        times_out: bool,
    },
    End(usize),
    Until(Duration),
    /// A step of another thread, if one is possible.
    Turn,
}

/// A step that is possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) thread: usize,
    pub(crate) place: Place,
    pub(crate) op: Op,
}

impl Op {
    pub(crate) fn read(object: usize) -> Self {
        Self { objects: [object, 0], only_reads: true }
    }

    pub(crate) fn write(object: usize) -> Self {
        Self::both(object, 0)
    }

    /// A step that concerns the token of a thread.
    pub(crate) fn token(thread: usize) -> Self {
        // No object has such an address.
        Self::write(usize::MAX - thread)
    }

    pub(crate) fn both(one: usize, other: usize) -> Self {
        Self { objects: [one, other], only_reads: false }
    }

    /// The lock that the step takes, if it takes one.
    pub(crate) fn lock(self) -> usize {
        self.objects[0]
    }

    /// Whether the order of two steps makes no difference.
    pub(crate) fn commutes_with(self, other: Self) -> bool {
        let touches = |object| object != 0 && other.objects.contains(&object);
        (self.only_reads && other.only_reads) || !self.objects.into_iter().any(touches)
    }
}
