//! The system calls that are counted, by name.

use std::fmt::{self, Display};
use std::ops::Sub;

/// A system call that [`Kernel`](crate::Kernel) makes and counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Call {
    /// read(2).
    Read,
    /// write(2).
    Write,
    /// recv(2), which the kernel knows as `recvfrom`.
    Recv,
    /// select(2).
    Select,
    /// poll(2).
    Poll,
    /// `epoll_create1(2)`.
    EpollCreate,
    /// `epoll_ctl(2)`.
    EpollCtl,
    /// `epoll_wait(2)`.
    EpollWait,
    /// fcntl(2).
    Fcntl,
    /// sigaction(2).
    Sigaction,
    /// sigreturn(2): a handler of a signal ends with it.
    Sigreturn,
    /// `io_uring_setup(2)`.
    RingSetup,
    /// `io_uring_enter(2)`.
    RingEnter,
    /// sendfile(2).
    Sendfile,
    /// splice(2).
    Splice,
}

impl Call {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 15] = [
        Self::Read,
        Self::Write,
        Self::Recv,
        Self::Select,
        Self::Poll,
        Self::EpollCreate,
        Self::EpollCtl,
        Self::EpollWait,
        Self::Fcntl,
        Self::Sigaction,
        Self::Sigreturn,
        Self::RingSetup,
        Self::RingEnter,
        Self::Sendfile,
        Self::Splice,
    ];

    /// The names that strace gives to the call: the first is the one told here, the
    /// others are those of other architectures and of other versions of libc.
    ///
    /// ```
    /// assert_eq!(io_models::Call::Recv.names(), ["recvfrom"]);
    /// ```
    #[must_use]
    pub const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Read => &["read"],
            Self::Write => &["write"],
            Self::Recv => &["recvfrom"],
            Self::Select => &["select", "pselect6"],
            Self::Poll => &["poll", "ppoll"],
            Self::EpollCreate => &["epoll_create1"],
            Self::EpollCtl => &["epoll_ctl"],
            Self::EpollWait => &["epoll_wait", "epoll_pwait", "epoll_pwait2"],
            Self::Fcntl => &["fcntl"],
            Self::Sigaction => &["rt_sigaction"],
            Self::Sigreturn => &["rt_sigreturn"],
            Self::RingSetup => &["io_uring_setup"],
            Self::RingEnter => &["io_uring_enter"],
            Self::Sendfile => &["sendfile"],
            Self::Splice => &["splice"],
        }
    }
}

/// How often each [`Call`] was made.
///
/// ```
/// use io_models::{Call, Kernel};
///
/// let kernel = Kernel::new();
/// let before = kernel.calls();
/// let (one, _other) = std::os::unix::net::UnixStream::pair()?;
/// let nothing = kernel.try_recv(&one, &mut [0; 8]);
/// assert_eq!(nothing.unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
/// let made = kernel.calls() - before;
/// assert_eq!((made.of(Call::Recv), made.total()), (1, 1));
/// assert_eq!(made.to_string(), "recvfrom 1");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls([u64; Call::ALL.len()]);

impl Calls {
    /// How often one call was made.
    #[must_use]
    pub const fn of(&self, call: Call) -> u64 {
        self.0[call as usize]
    }

    /// How often all calls together were made.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    pub(crate) const fn add(&mut self, call: Call, times: u64) {
        self.0[call as usize] += times;
    }
}

impl Sub for Calls {
    type Output = Self;

    /// The calls that were made between two counts.
    fn sub(mut self, before: Self) -> Self {
        for (now, before) in self.0.iter_mut().zip(before.0) {
            *now = now.saturating_sub(before);
        }
        self
    }
}

impl Display for Calls {
    /// Each call that was made, with its number; `none` where there was none.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let made: Vec<String> = Call::ALL
            .into_iter()
            .filter(|&call| self.of(call) > 0)
            .map(|call| format!("{} {}", call.names()[0], self.of(call)))
            .collect();
        formatter.write_str(if made.is_empty() { "none" } else { "" })?;
        formatter.write_str(&made.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_has_a_place_and_a_name_of_its_own() {
        for (place, call) in Call::ALL.into_iter().enumerate() {
            assert_eq!(call as usize, place);
        }
        let mut names: Vec<_> =
            Call::ALL.iter().flat_map(|call| call.names()).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn counts_are_added_subtracted_and_told() {
        let mut calls = Calls::default();
        assert_eq!(calls.to_string(), "none");
        calls.add(Call::Poll, 2);
        let before = calls;
        calls.add(Call::Recv, 1);
        calls.add(Call::Poll, 3);
        assert_eq!(calls.to_string(), "recvfrom 1, poll 5");
        assert_eq!((calls - before).to_string(), "recvfrom 1, poll 3");
        assert_eq!((before - calls).total(), 0);
    }
}
