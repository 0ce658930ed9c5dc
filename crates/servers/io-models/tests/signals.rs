//! Signals of arrivals: which come, to which thread, and what is left when they end.

#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write as _;
use std::os::fd::{AsFd as _, AsRawFd as _};
use std::os::unix::net::UnixStream;
use std::thread;

use io_models::kit::file_of;
use io_models::{Arrivals, Call, Delivery, Error, Kernel};

tests::main! {
    each_message_is_one_signal_that_names_its_file,
    a_plain_signal_names_no_file,
    the_signals_go_to_the_thread_that_asked,
    there_is_one_at_a_time,
    a_file_that_sends_no_signals_is_an_error,
    the_handler_before_is_back_at_the_end,
    a_thread_that_sleeps_in_recv_sleeps_on,
    the_end_of_a_source_is_a_signal_too,
}

fn each_message_is_one_signal_that_names_its_file() {
    let kernel = Kernel::new();
    let (source, mut peer) = UnixStream::pair().unwrap();
    let before = kernel.calls();
    let arrivals = Arrivals::of(&kernel, source.as_fd(), Delivery::Queued).unwrap();
    assert_eq!((arrivals.count(), arrivals.file()), (0, None));
    for count in 1..=100 {
        peer.write_all(b"!").unwrap();
        assert_eq!(arrivals.count(), count);
    }
    assert_eq!(arrivals.file(), Some(source.as_raw_fd()));
    drop(arrivals);
    let calls = kernel.calls() - before;
    assert_eq!((calls.of(Call::Sigreturn), calls.of(Call::Sigaction)), (100, 2));
    peer.write_all(b"!").unwrap(); // It would end the process.
}

fn a_plain_signal_names_no_file() {
    let kernel = Kernel::new();
    let (source, mut peer) = UnixStream::pair().unwrap();
    let arrivals = Arrivals::of(&kernel, source.as_fd(), Delivery::Plain).unwrap();
    peer.write_all(b"!").unwrap();
    assert_eq!((arrivals.count(), arrivals.file()), (1, None));
}

fn the_signals_go_to_the_thread_that_asked() {
    let kernel = Kernel::new();
    let (source, mut peer) = UnixStream::pair().unwrap();
    let arrivals = Arrivals::of(&kernel, source.as_fd(), Delivery::Queued).unwrap();
    // While this thread holds its signals back, no other one takes them.
    let write = || thread::scope(|scope| scope.spawn(|| peer.write_all(b"!")).join());
    arrivals.held_back(write).unwrap().unwrap().unwrap();
    assert_eq!(arrivals.count(), 1);
}

fn there_is_one_at_a_time() {
    let kernel = Kernel::new();
    let (source, _peer) = UnixStream::pair().unwrap();
    let of = || Arrivals::of(&kernel, source.as_fd(), Delivery::Queued);
    let first = of().unwrap();
    assert!(matches!(of().unwrap_err(), Error::SignalTaken));
    drop(first);
    drop(of().unwrap());
}

fn a_file_that_sends_no_signals_is_an_error() {
    let kernel = Kernel::new();
    let file = file_of(b"page").unwrap();
    let refused = Arrivals::of(&kernel, file.as_fd(), Delivery::Queued).unwrap_err();
    assert!(
        refused.to_string().starts_with("cannot have a file send signals: "),
        "{refused}"
    );
    // And it has not kept the handler.
    let (source, _peer) = UnixStream::pair().unwrap();
    Arrivals::of(&kernel, source.as_fd(), Delivery::Queued).unwrap();
}

fn the_handler_before_is_back_at_the_end() {
    let kernel = Kernel::new();
    let (source, _peer) = UnixStream::pair().unwrap();
    drop(Arrivals::of(&kernel, source.as_fd(), Delivery::Plain).unwrap());
    // /proc tells which signals have a handler.
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
    let caught = u64::from_str_radix(caught.trim(), 16).unwrap();
    assert_eq!(caught & (1 << (libc::SIGIO - 1)), 0);
}

fn a_thread_that_sleeps_in_recv_sleeps_on() {
    let kernel = Kernel::new();
    let (source, mut peer) = UnixStream::pair().unwrap();
    let (other, mut other_peer) = UnixStream::pair().unwrap();
    let arrivals = Arrivals::of(&kernel, source.as_fd(), Delivery::Queued).unwrap();
    thread::scope(|scope| {
        scope.spawn(move || {
            peer.write_all(b"signals").unwrap();
            other_peer.write_all(b"hello").unwrap();
        });
        // The handler runs, and the read goes on, or is restarted (SA_RESTART).
        assert_eq!(kernel.recv(&other, &mut [0; 8]).unwrap(), 5);
    });
    assert!(arrivals.count() >= 1);
}

fn the_end_of_a_source_is_a_signal_too() {
    let kernel = Kernel::new();
    let (source, peer) = UnixStream::pair().unwrap();
    let arrivals = Arrivals::of(&kernel, source.as_fd(), Delivery::Queued).unwrap();
    drop(peer);
    assert!(arrivals.count() >= 1);
}
