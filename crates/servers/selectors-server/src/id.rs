//! The id of a registration.

use std::os::fd::RawFd;

/// Tells a registration apart, also from a later one of the same descriptor.
///
/// While the events of one `select` are worked off, a file may be unregistered and
/// closed, and another be opened that is given its descriptor. An event that was meant
/// for the first then finds nothing, rather than the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Id {
    pub(crate) fd: RawFd,
    pub(crate) registration: u32,
}

impl Id {
    /// The descriptor, for messages.
    #[must_use]
    pub fn fd(self) -> RawFd {
        self.fd
    }

    /// Both numbers in one, as epoll keeps it for us.
    pub(crate) fn to_u64(self) -> u64 {
        u64::from(self.registration) << 32 | u64::from(self.fd as u32)
    }

    pub(crate) fn from_u64(both: u64) -> Self {
        Self { fd: both as u32 as RawFd, registration: (both >> 32) as u32 }
    }
}
