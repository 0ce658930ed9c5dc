//! What a selector must do, over each of the three system calls; after the ideas of
//! CPython's `test_selectors`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{ErrorKind, PipeReader, PipeWriter, Read as _, Write as _, pipe};
use std::os::fd::{AsFd as _, AsRawFd as _};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::pthread::{pthread_kill, pthread_self};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use selectors_server::backend::Backend;
use selectors_server::{Epoll, Error, Events, Poll, Select, Selector};

const NOW: Option<Duration> = Some(Duration::ZERO);

macro_rules! over_each_backend {
    ($($test:ident)*) => {
        mod select { $(#[test] fn $test() { super::$test::<super::Select>(); })* }
        mod poll { $(#[test] fn $test() { super::$test::<super::Poll>(); })* }
        mod epoll { $(#[test] fn $test() { super::$test::<super::Epoll>(); })* }
    };
}

mod timeouts;

over_each_backend! {
    register_gives_a_key
    a_descriptor_is_registered_once
    nothing_to_watch_for_is_an_error
    unregister_gives_back_file_and_data
    an_unregistered_id_is_unknown
    a_reused_descriptor_is_another_registration
    modify_changes_what_is_watched
    modify_of_a_stranger_is_an_error
    an_empty_selector_waits_and_finds_nothing
    readable_and_writable
    level_triggered
    both_events_at_once
    two_files_at_once
    the_end_is_readable
    a_reset_is_told_whatever_is_watched
    a_pipe_that_has_lost_its_other_end_is_told
    a_callback_may_unregister_what_comes_next
    data_can_be_changed
    lent_files_can_be_watched
}

fn made<F: std::os::fd::AsFd, T, B: Backend>() -> Selector<F, T, B> {
    Selector::new().expect("a selector")
}

fn pair() -> (UnixStream, UnixStream) {
    UnixStream::pair().expect("a pair")
}

fn register_gives_a_key<B: Backend>() {
    let (a, _b) = pair();
    let fd = a.as_raw_fd();
    let mut selector = made::<_, _, B>();
    assert!(selector.is_empty());
    let id = selector.register(a, Events::READ, "data").unwrap();
    let key = selector.get(id).unwrap();
    assert_eq!((key.id(), key.id().fd(), key.file().as_raw_fd()), (id, fd, fd));
    assert_eq!((key.events(), *key.data()), (Events::READ, "data"));
    assert_eq!((selector.len(), selector.keys().count()), (1, 1));
}

fn a_descriptor_is_registered_once<B: Backend>() {
    let (a, _b) = pair();
    let mut selector = made::<_, _, B>();
    let id = selector.register(&a, Events::READ, 1).unwrap();
    let error = selector.register(&a, Events::WRITE, 2).unwrap_err();
    assert!(
        matches!(error, Error::AlreadyRegistered { fd } if fd == a.as_raw_fd()),
        "{error}"
    );
    assert_eq!(
        error.to_string(),
        format!("descriptor {} is already registered", a.as_raw_fd())
    );
    // The first registration is as it was.
    assert_eq!(*selector.get(id).unwrap().data(), 1);
    assert_eq!(selector.select(NOW).unwrap(), []);
}

fn nothing_to_watch_for_is_an_error<B: Backend>() {
    let (a, _b) = pair();
    let mut selector = made::<_, _, B>();
    assert!(matches!(
        selector.register(&a, Events::NONE, ()),
        Err(Error::NoEvents { .. })
    ));
    assert!(selector.is_empty());
    let id = selector.register(&a, Events::READ, ()).unwrap();
    assert!(matches!(selector.modify(id, Events::NONE), Err(Error::NoEvents { .. })));
    assert_eq!(selector.get(id).unwrap().events(), Events::READ);
}

fn unregister_gives_back_file_and_data<B: Backend>() {
    let (a, mut b) = pair();
    let mut selector = made::<_, _, B>();
    let id = selector.register(a, Events::READ, vec![1, 2]).unwrap();
    b.write_all(b"!").unwrap();
    let (mut a, data) = selector.unregister(id).unwrap();
    assert_eq!(data, [1, 2]);
    // What is not watched is not reported, though it is open and ready.
    assert_eq!(selector.select(NOW).unwrap(), []);
    a.read_exact(&mut [0]).unwrap();
    let again = selector.register(a, Events::WRITE, data).unwrap();
    assert_ne!(again, id);
    assert_eq!(selector.select(NOW).unwrap(), [(again, Events::WRITE)]);
}

fn an_unregistered_id_is_unknown<B: Backend>() {
    let (a, _b) = pair();
    let mut selector = made::<_, _, B>();
    let id = selector.register(&a, Events::READ, ()).unwrap();
    selector.unregister(id).unwrap();
    assert!(selector.get(id).is_none() && selector.parts(id).is_err());
    assert!(matches!(selector.unregister(id), Err(Error::NotRegistered { .. })));
    assert!(selector.is_empty());
}

fn a_reused_descriptor_is_another_registration<B: Backend>() {
    let ((a, _b), (c, _d)) = (pair(), pair());
    let mut selector = made::<_, _, B>();
    let old = selector.register(a, Events::READ, "old").unwrap();
    drop(selector.unregister(old).unwrap());
    let new =
        selector.register(duplicate_of(&c, old.fd()), Events::WRITE, "new").unwrap();
    assert_eq!(new.fd(), old.fd());
    assert!(selector.get(old).is_none());
    assert!(selector.modify(old, Events::READ).is_err());
    assert!(selector.unregister(old).is_err());
    assert_eq!(*selector.get(new).unwrap().data(), "new");
    assert_eq!(selector.select(NOW).unwrap(), [(new, Events::WRITE)]);
}

/// Makes duplicates until one has this number, for tests run in threads that open and
/// close files meanwhile.
fn duplicate_of(file: &UnixStream, fd: i32) -> UnixStream {
    for _ in 0..10_000 {
        let duplicate =
            nix::fcntl::fcntl(file, nix::fcntl::FcntlArg::F_DUPFD_CLOEXEC(fd))
                .expect("a duplicate");
        // SAFETY: fcntl has just made this descriptor, and nothing else knows of it.
        let duplicate = unsafe {
            <std::os::fd::OwnedFd as std::os::fd::FromRawFd>::from_raw_fd(duplicate)
        };
        if duplicate.as_raw_fd() == fd {
            return duplicate.into();
        }
    }
    panic!("descriptor {fd} stays taken");
}

fn modify_changes_what_is_watched<B: Backend>() {
    let (a, mut b) = pair();
    let mut selector = made::<_, _, B>();
    let id = selector.register(&a, Events::READ, ()).unwrap();
    assert_eq!(selector.select(NOW).unwrap(), []);
    selector.modify(id, Events::WRITE).unwrap();
    assert_eq!(selector.select(NOW).unwrap(), [(id, Events::WRITE)]);
    b.write_all(b"!").unwrap();
    assert_eq!(
        selector.select(NOW).unwrap(),
        [(id, Events::WRITE)],
        "reading is no longer asked for"
    );
    selector.modify(id, Events::READ).unwrap();
    assert_eq!(selector.select(NOW).unwrap(), [(id, Events::READ)]);
    // The same once more is no error.
    selector.modify(id, Events::READ).unwrap();
    assert_eq!(selector.get(id).unwrap().events(), Events::READ);
}

fn modify_of_a_stranger_is_an_error<B: Backend>() {
    let (a, b) = pair();
    let (mut selector, mut other) = (made::<_, _, B>(), made::<_, _, B>());
    selector.register(&a, Events::READ, ()).unwrap();
    let stranger = other.register(&b, Events::READ, ()).unwrap();
    let error = selector.modify(stranger, Events::WRITE).unwrap_err();
    assert!(
        matches!(error, Error::NotRegistered { fd } if fd == b.as_raw_fd()),
        "{error}"
    );
}

fn an_empty_selector_waits_and_finds_nothing<B: Backend>() {
    let mut selector = made::<UnixStream, (), B>();
    let begin = Instant::now();
    assert_eq!(selector.select(Some(Duration::from_millis(20))).unwrap(), []);
    assert!(begin.elapsed() >= Duration::from_millis(20));
}

fn readable_and_writable<B: Backend>() {
    let (reader, mut writer): (PipeReader, PipeWriter) = pipe().unwrap();
    let mut selector = made::<_, _, B>();
    let read = selector.register(reader.as_fd(), Events::READ, ()).unwrap();
    let keep = writer.try_clone().unwrap();
    let write = selector.register(keep.as_fd(), Events::WRITE, ()).unwrap();
    assert_eq!(selector.select(NOW).unwrap(), [(write, Events::WRITE)]);
    writer.write_all(b"!").unwrap();
    selector.unregister(write).unwrap();
    assert_eq!(selector.select(None).unwrap(), [(read, Events::READ)]);
}

fn level_triggered<B: Backend>() {
    let (mut a, mut b) = pair();
    let reader = a.try_clone().unwrap();
    let mut selector = made::<_, _, B>();
    let id = selector.register(&reader, Events::READ, ()).unwrap();
    b.write_all(b"12").unwrap();
    for _ in 0..2 {
        assert_eq!(
            selector.select(NOW).unwrap(),
            [(id, Events::READ)],
            "unread, so reported again"
        );
        a.read_exact(&mut [0]).unwrap();
    }
    assert_eq!(selector.select(NOW).unwrap(), []);
}

fn both_events_at_once<B: Backend>() {
    let (a, mut b) = pair();
    let mut selector = made::<_, _, B>();
    let id = selector.register(&a, Events::READ | Events::WRITE, ()).unwrap();
    b.write_all(b"!").unwrap();
    assert_eq!(selector.select(NOW).unwrap(), [(id, Events::READ | Events::WRITE)]);
}

fn two_files_at_once<B: Backend>() {
    let ((a, mut b), (c, mut d)) = (pair(), pair());
    let mut selector = made::<_, _, B>();
    let first = selector.register(&a, Events::READ, ()).unwrap();
    let second = selector.register(&c, Events::READ, ()).unwrap();
    b.write_all(b"!").unwrap();
    d.write_all(b"!").unwrap();
    let mut found = selector.select(NOW).unwrap();
    found.sort_by_key(|(id, _)| *id != first);
    assert_eq!(found, [(first, Events::READ), (second, Events::READ)]);
}

fn the_end_is_readable<B: Backend>() {
    let (a, b) = pair();
    let mut selector = made::<_, _, B>();
    let id = selector.register(&a, Events::READ, ()).unwrap();
    drop(b);
    assert_eq!(selector.select(NOW).unwrap(), [(id, Events::READ)]);
    assert_eq!((&a).read(&mut [0]).unwrap(), 0);
}

fn a_reset_is_told_whatever_is_watched<B: Backend>() {
    for events in [Events::READ, Events::WRITE] {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let client =
            std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (server, _) = listener.accept().unwrap();
        server.set_nonblocking(true).unwrap();
        // Filled up, so that nothing but the reset makes it writable.
        while (&server).write(&[0; 4096]).is_ok() {}
        let mut selector = made::<_, _, B>();
        let id = selector.register(&server, events, ()).unwrap();
        socket2::SockRef::from(&client).set_linger(Some(Duration::ZERO)).unwrap();
        drop(client);
        assert_eq!(
            selector.select(Some(Duration::from_secs(10))).unwrap(),
            [(id, events)]
        );
        let told = (&server).read(&mut [0]).unwrap_err();
        assert_eq!(told.kind(), ErrorKind::ConnectionReset);
    }
}

/// The kernel tells of these as hang-up and error alone, for which no caller has asked.
fn a_pipe_that_has_lost_its_other_end_is_told<B: Backend>() {
    let (reader, writer) = pipe().unwrap();
    let mut selector = made::<_, _, B>();
    let id = selector.register(reader.as_fd(), Events::READ, ()).unwrap();
    drop(writer);
    assert_eq!(selector.select(NOW).unwrap(), [(id, Events::READ)]);

    let (reader, mut writer) = pipe().unwrap();
    let room = nix::fcntl::fcntl(&writer, nix::fcntl::FcntlArg::F_GETPIPE_SZ).unwrap();
    writer.write_all(&vec![0; room as usize]).unwrap();
    let mut selector = made::<_, _, B>();
    let id = selector.register(writer.as_fd(), Events::WRITE, ()).unwrap();
    assert_eq!(selector.select(NOW).unwrap(), [], "it is full");
    drop(reader);
    assert_eq!(selector.select(NOW).unwrap(), [(id, Events::WRITE)]);
}

fn a_callback_may_unregister_what_comes_next<B: Backend>() {
    let pairs: Vec<_> = (0..3).map(|_| pair()).collect();
    let mut selector = made::<_, _, B>();
    for (file, peer) in &pairs {
        (&*peer).write_all(b"!").unwrap();
        selector.register(file, Events::READ, ()).unwrap();
    }
    let found = selector.select(NOW).unwrap();
    assert_eq!(found.len(), 3);
    selector.unregister(found[1].0).unwrap();
    let known: Vec<bool> =
        found.iter().map(|(id, _)| selector.get(*id).is_some()).collect();
    assert_eq!(known, [true, false, true]);
    assert_eq!(selector.select(NOW).unwrap().len(), 2);
}

fn data_can_be_changed<B: Backend>() {
    let (a, _b) = pair();
    let mut selector = made::<_, _, B>();
    let id = selector.register(a, Events::READ, 1).unwrap();
    *selector.parts(id).unwrap().1 += 1;
    assert_eq!(selector.unregister(id).unwrap().1, 2);
}

fn lent_files_can_be_watched<B: Backend>() {
    let (a, mut b) = pair();
    let mut selector = made::<_, _, B>();
    let id = selector.register(a.as_fd(), Events::READ, ()).unwrap();
    b.write_all(b"!").unwrap();
    assert_eq!(selector.select(NOW).unwrap(), [(id, Events::READ)]);
    drop(selector);
    assert_eq!(
        (&a).read(&mut [0; 2]).unwrap(),
        1,
        "a selector closes only what it owns"
    );
}

#[test]
fn epoll_does_not_watch_regular_files_and_the_others_do() {
    let file = std::fs::File::open("/proc/self/exe").unwrap();
    let error = made::<_, (), Epoll>().register(&file, Events::READ, ()).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("cannot watch descriptor {}", file.as_raw_fd())
    );
    let mut selector = made::<_, (), Poll>();
    let id = selector.register(&file, Events::READ, ()).unwrap();
    assert_eq!(selector.select(NOW).unwrap(), [(id, Events::READ)]);
}
