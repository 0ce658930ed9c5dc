//! Reads by POSIX AIO: what they give, and what one that is dropped leaves.

#![forbid(unsafe_code)]

use std::io::{ErrorKind, Write as _, pipe};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::{Duration, Instant};

use io_models::kit::file_of;
use io_models::{AioRead, Kernel};

#[test]
fn a_read_gives_what_there_is_and_the_end() {
    let kernel = Kernel::new();
    let (source, mut peer) = UnixStream::pair().unwrap();
    let read = || AioRead::start(&kernel, source.as_fd(), vec![0; 3]).unwrap();
    peer.write_all(b"hello").unwrap();
    assert_eq!(read().wait().unwrap(), b"hel");
    assert_eq!(read().wait().unwrap(), b"lo");
    drop(peer);
    assert_eq!(read().wait().unwrap(), b"");
    assert_eq!((kernel.copied(), kernel.calls().total()), (5, 0));
}

#[test]
fn a_read_of_a_file_begins_at_its_beginning() {
    let kernel = Kernel::new();
    let file = file_of(b"page").unwrap();
    for _ in 0..2 {
        let read = AioRead::start(&kernel, file.as_fd(), vec![0; 8]).unwrap();
        assert_eq!(read.wait().unwrap(), b"page");
    }
}

#[test]
fn a_read_that_fails_gives_its_error() {
    let kernel = Kernel::new();
    let (_reader, writer) = pipe().unwrap();
    let read = AioRead::start(&kernel, writer.as_fd(), vec![0; 3]).unwrap();
    assert_eq!(read.wait().unwrap_err().raw_os_error(), Some(libc::EBADF));
    assert_eq!(kernel.copied(), 0);
}

#[test]
fn a_wait_gives_the_read_back_when_its_time_is_over() {
    let kernel = Kernel::new();
    let (source, mut peer) = UnixStream::pair().unwrap();
    let read = AioRead::start(&kernel, source.as_fd(), vec![0; 8]).unwrap();
    let (time, begin) = (Duration::from_millis(30), Instant::now());
    let read = read.wait_timeout(time).unwrap_err();
    assert!(begin.elapsed() >= time && !read.is_done());
    peer.write_all(b"hello").unwrap();
    let ended = read.wait_timeout(Duration::from_secs(20)).unwrap();
    assert_eq!(ended.unwrap(), b"hello");
}

#[test]
fn a_read_that_is_dropped_under_way_harms_no_memory() {
    let kernel = Kernel::new();
    let (source, mut peer) = UnixStream::pair().unwrap();
    drop(AioRead::start(&kernel, source.as_fd(), vec![0; 8]).unwrap());
    // Memory of the same size, where the buffer would have been if it had been freed.
    let others: Vec<_> = (0..64).map(|_| vec![7_u8; 8]).collect();
    peer.write_all(b"hello").unwrap();
    // The thread of glibc's takes them, unseen.
    let begin = Instant::now();
    while kernel.unread(&source).unwrap() > 0 {
        assert!(begin.elapsed() < Duration::from_secs(20), "it was cancelled");
        thread::yield_now();
    }
    let nothing = kernel.try_recv(&source, &mut [0; 8]).unwrap_err();
    assert_eq!(nothing.kind(), ErrorKind::WouldBlock);
    assert!(others.iter().all(|other| other == &[7; 8]));
}
