//! Many descriptors, and large ones. Apart from the other tests, which select could not
//! run beside so many.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashSet;
use std::os::fd::{FromRawFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use nix::fcntl::{FcntlArg, fcntl};
use selectors_server::backend::Backend;
use selectors_server::{Epoll, Error, Events, Poll, Select, Selector};

const NOW: Option<Duration> = Some(Duration::ZERO);

/// The lowest descriptor at or above 1,024 that is free.
fn large_descriptor() -> OwnedFd {
    socket_server::allow_descriptors(2_048).unwrap();
    let (a, _b) = UnixStream::pair().unwrap();
    let fd = fcntl(&a, FcntlArg::F_DUPFD_CLOEXEC(1_024)).unwrap();
    // SAFETY: fcntl has just made this descriptor, and nothing else knows of it.
    unsafe { OwnedFd::from_raw_fd(fd) }
}

#[test]
fn select_refuses_what_it_cannot_watch() {
    let mut selector = Selector::<_, _, Select>::new().unwrap();
    let error = selector.register(large_descriptor(), Events::READ, ()).unwrap_err();
    assert!(
        matches!(error, Error::BeyondSelect { fd: 1_024.., limit: 1_024 }),
        "{error}"
    );
    assert!(selector.is_empty());
    assert_eq!(selector.select(NOW).unwrap(), []);
}

#[test]
fn poll_and_epoll_watch_large_descriptors() {
    fn watches<B: Backend>() {
        let mut selector = Selector::<_, _, B>::new().unwrap();
        let id = selector.register(large_descriptor(), Events::READ, ()).unwrap();
        assert_eq!(
            selector.select(NOW).unwrap(),
            [(id, Events::READ)],
            "its peer has gone"
        );
    }
    watches::<Poll>();
    watches::<Epoll>();
}

/// Finding 20: epoll gave at most 1,024 of them.
#[test]
fn poll_and_epoll_give_all_that_are_ready_at_once() {
    fn watches<B: Backend>() {
        socket_server::allow_descriptors(4_096).unwrap();
        let pairs: Vec<_> = (0..1_200).map(|_| UnixStream::pair().unwrap()).collect();
        let mut selector = Selector::<_, _, B>::new().unwrap();
        for (file, _) in &pairs {
            selector.register(file, Events::WRITE, ()).unwrap();
        }
        let ready = selector.select(NOW).unwrap();
        let seen: HashSet<_> = ready.into_iter().map(|(id, _)| id).collect();
        assert_eq!(seen.len(), 1_200, "one wait gives all that are ready");
    }
    watches::<Poll>();
    watches::<Epoll>();
}
