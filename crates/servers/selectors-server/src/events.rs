//! The readiness that a descriptor is watched for.

use std::fmt;
use std::ops::{BitAnd, BitOr};

/// What a descriptor is watched for, or is ready for; Python's `EVENT_READ` and
/// `EVENT_WRITE`.
///
/// ```
/// use selectors_server::Events;
///
/// let both = Events::READ | Events::WRITE;
/// assert!(both.contains(Events::WRITE));
/// assert!(!(both & Events::READ).contains(Events::WRITE));
/// assert_eq!(format!("{both:?}"), "READ | WRITE");
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Events(u8);

impl Events {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// A read would not block: there are bytes, or the end, or an error to be told of.
    pub const READ: Self = Self(1);
    /// A write would not block: there is room, or an error to be told of.
    pub const WRITE: Self = Self(2);

    /// Whether all of `other` is among these.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether there is nothing among these.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::NONE
    }

    /// These events if it is so, else none.
    #[must_use]
    pub fn when(self, so: bool) -> Self {
        if so { self } else { Self::NONE }
    }
}

impl BitOr for Events {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitAnd for Events {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match *self {
            Self::NONE => "NONE",
            Self::READ => "READ",
            Self::WRITE => "WRITE",
            _ => "READ | WRITE",
        })
    }
}
