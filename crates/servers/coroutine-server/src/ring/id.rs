//! The number of a connection.

/// A connection of a ring. Each has its own, also those that follow each other in the
/// same place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Id(pub(super) u64);

impl Id {
    pub(super) fn new(begun: u32, place: u32) -> Self {
        Self(u64::from(begun & 0xff_ffff) << 32 | u64::from(place))
    }

    pub(super) fn place(self) -> usize {
        (self.0 & 0xffff_ffff) as usize
    }
}
