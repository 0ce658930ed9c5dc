//! Connections over sockets that another program made, and messages that another
//! program wrote.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use ipc_pipe::{Connection, LIMIT, RecvError, SendCause};
use processes::{Exit, scope};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair, sockopt};
use serde::{Deserialize, Serialize};

const LONG: Duration = Duration::from_secs(20);

tests::main! {
    a_message_in_pieces_is_waited_for,
    a_truncated_message_is_an_error,
    a_length_beyond_the_limit_is_an_error_for_ever,
    a_message_of_another_type_is_an_error_once,
    arbitrary_bytes_are_messages_or_errors,
    a_nonblocking_socket_is_waited_for,
    a_message_passes_through_a_small_send_buffer,
    a_deeply_nested_message_is_an_error,
    a_deeply_nested_value_is_not_sent,
    an_announced_length_takes_no_memory,
}

fn a_message_in_pieces_is_waited_for() {
    let (mut raw, stream) = UnixStream::pair().unwrap();
    let mut connection = Connection::<String>::from(OwnedFd::from(stream));
    for byte in b"\x05\0\0\0\x04xix" {
        raw.write_all(&[*byte]).unwrap();
        assert!(
            connection.poll(Duration::ZERO)
                && connection.try_recv().unwrap().is_none()
                && !connection.poll(Duration::ZERO)
        );
    }
    let begin = Instant::now();
    assert!(connection.recv_timeout(Duration::from_millis(20)).unwrap().is_none());
    assert!(begin.elapsed() >= Duration::from_millis(20));
    raw.write_all(b"i").unwrap();
    assert!(connection.poll(Duration::MAX));
    assert_eq!(connection.recv_timeout(Duration::MAX).unwrap().unwrap(), "xixi");

    connection.send("haha".to_owned()).unwrap();
    let mut frame = [0; 9];
    raw.read_exact(&mut frame).unwrap();
    assert_eq!(&frame, b"\x05\0\0\0\x04haha");
}

fn a_truncated_message_is_an_error() {
    for cut in 1..9 {
        let (mut raw, stream) = UnixStream::pair().unwrap();
        raw.write_all(&b"\x05\0\0\0\x04xixi"[..cut]).unwrap();
        drop(raw);
        let mut connection = Connection::<String>::from(OwnedFd::from(stream));
        assert!(matches!(connection.recv(), Err(RecvError::Truncated)), "{cut}");
        assert!(
            matches!(connection.try_recv(), Err(RecvError::Truncated)),
            "{cut}, again"
        );
        assert!(connection.recv_bytes_into(&mut Vec::new()).is_err());
        assert!(connection.recv_bytes_into(&mut Vec::new()).is_err());
    }
}

fn a_length_beyond_the_limit_is_an_error_for_ever() {
    let (mut raw, stream) = UnixStream::pair().unwrap();
    raw.write_all(b"\x01\0\0\x01xixi").unwrap();
    let mut connection = Connection::<String>::from(OwnedFd::from(stream));
    for _ in 0..2 {
        let error = connection.recv().unwrap_err();
        assert_eq!(
            error.to_string(),
            "a message of 16777217 bytes is announced, and 16777216 is the limit"
        );
    }
}

fn a_message_of_another_type_is_an_error_once() {
    let (mut raw, stream) = UnixStream::pair().unwrap();
    let mut connection = Connection::<String>::from(OwnedFd::from(stream));
    // A text longer than its message, one with bytes left over, one that is no UTF-8,
    // and a good one.
    raw.write_all(
        b"\x02\0\0\0\x04x\x06\0\0\0\x04xixi!\x02\0\0\0\x01\xff\x05\0\0\0\x04xixi",
    )
    .unwrap();
    for length in [2, 6, 2] {
        let error = connection.recv().unwrap_err().to_string();
        assert!(
            error.starts_with(&format!(
                "a message of {length} bytes cannot be decoded: "
            )),
            "{error}"
        );
    }
    assert_eq!(connection.recv().unwrap(), "xixi");
}

fn arbitrary_bytes_are_messages_or_errors() {
    let byte = prop_oneof![2 => Just(0), 2 => 0..8_u8, 1 => any::<u8>()];
    let mut runner =
        TestRunner::new(Config { failure_persistence: None, ..Config::default() });
    let run = runner.run(&proptest::collection::vec(byte, 0..3000), |bytes| {
        let (mut raw, stream) = UnixStream::pair().unwrap();
        raw.write_all(&bytes).unwrap();
        drop(raw);
        let mut connection =
            Connection::<(Vec<String>, Option<u64>)>::from(OwnedFd::from(stream));
        LARGEST.store(0, Relaxed);
        let end = std::iter::from_fn(|| Some(connection.recv()))
            .find(|message| !matches!(message, Ok(_) | Err(RecvError::Decode { .. })))
            .and_then(Result::err);
        // Serde itself believes an announced length up to one mebibyte.
        let largest = LARGEST.load(Relaxed);
        prop_assert!(
            largest <= 1 << 20,
            "{} bytes at once, for {}",
            largest,
            bytes.len()
        );
        prop_assert!(
            matches!(
                end,
                Some(
                    RecvError::Disconnected
                        | RecvError::Truncated
                        | RecvError::TooLong(_)
                )
            ),
            "{:?}",
            end
        );
        Ok(())
    });
    run.unwrap();
}

fn a_nonblocking_socket_is_waited_for() -> Result<(), processes::Error> {
    let (mut raw, stream) = UnixStream::pair().unwrap();
    stream.set_nonblocking(true).unwrap();
    scope(|family| {
        let child = family.spawn("receives", || {
            let mut conn = Connection::<()>::from(OwnedFd::from(stream));
            let mut bytes = Vec::new();
            conn.recv_bytes_into(&mut bytes).unwrap();
            assert_eq!(bytes, b"xixi");
            conn.recv_bytes_into(&mut bytes).unwrap();
            assert_eq!(bytes, b"haha");
        })?;
        // Half a message: the rest is read past the inbox.
        raw.write_all(b"\x04\0\0\0xi").unwrap();
        assert_eq!(child.join_timeout(Duration::from_millis(50))?, None);
        raw.write_all(b"xi\x04\0\0\0haha").unwrap();
        assert_eq!(child.join_timeout(LONG)?, Some(Exit::Ok));
        Ok(())
    })
}

fn a_message_passes_through_a_small_send_buffer() -> Result<(), processes::Error> {
    let (here, there) = packets();
    sockopt::set_socket_send_buffer_size(&here, 1).unwrap();
    scope(|family| {
        family.spawn("receives", || {
            let mut conn = Connection::<String>::from(there);
            assert_eq!(conn.recv().unwrap(), "x".repeat(1 << 20));
            assert_eq!(conn.recv().unwrap(), "xixi");
        })?;
        let mut conn = Connection::<String>::from(here);
        conn.send("x".repeat(1 << 20)).unwrap();
        conn.send("xixi".to_owned()).unwrap();
        family.join()
    })
}

/// A type that contains itself, and something behind that, so that no optimiser makes a
/// loop of the recursion.
#[derive(Serialize, Deserialize)]
struct Nested(Option<Box<Nested>>, u8);

impl Nested {
    fn of_depth(depth: usize) -> Self {
        (0..depth).fold(Self(None, 0), |inner, _| Self(Some(Box::new(inner)), 0))
    }

    fn depth(&self) -> usize {
        std::iter::successors(self.0.as_deref(), |nested| nested.0.as_deref()).count()
    }
}

fn a_deeply_nested_message_is_an_error() -> Result<(), processes::Error> {
    let (mut raw, stream) = UnixStream::pair().unwrap();
    let mut conn = Connection::<Nested>::from(OwnedFd::from(stream));
    scope(|family| {
        family.spawn("sends", move || {
            raw.write_all(&(1_u32 << 20).to_le_bytes()).unwrap();
            raw.write_all(&vec![1; 1 << 20]).unwrap();
            raw.write_all(b"\x0a\0\0\0\x01\x01\x01\x01\0\0\0\0\0\0").unwrap();
        })?;
        assert!(matches!(conn.recv(), Err(RecvError::Decode { .. })));
        assert_eq!(conn.recv().unwrap().depth(), 4, "the next message is as good");
        family.join()
    })
}

fn a_deeply_nested_value_is_not_sent() {
    let (here, there) = packets();
    let (mut here, mut there) =
        (Connection::<Nested>::from(here), Connection::<Nested>::from(there));
    let error = here.send(Nested::of_depth(1 << 20)).unwrap_err();
    assert!(matches!(error.cause, SendCause::Encode(_)));
    // The destructor that the compiler writes for it is recursive as well.
    std::mem::forget(error.message);
    here.send(Nested::of_depth(64)).unwrap();
    assert_eq!(there.recv().unwrap().depth(), 64);
}

fn an_announced_length_takes_no_memory() {
    let (mut raw, stream) = UnixStream::pair().unwrap();
    let mut conn = Connection::<()>::from(OwnedFd::from(stream));
    raw.write_all(&(LIMIT as u32).to_le_bytes()).unwrap();
    drop(raw);
    LARGEST.store(0, Relaxed);
    let end = conn.recv_bytes_into(&mut Vec::new());
    assert!(matches!(end, Err(RecvError::Truncated)));
    let largest = LARGEST.load(Relaxed);
    assert!(largest <= 1 << 20, "{largest} bytes for four");
}

fn packets() -> (OwnedFd, OwnedFd) {
    socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
        .unwrap()
}

/// The largest piece of memory that was asked for.
static LARGEST: AtomicUsize = AtomicUsize::new(0);

struct Watched;

#[global_allocator]
static WATCHED: Watched = Watched;

// SAFETY: it passes everything on to the system's allocator.
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LARGEST.fetch_max(layout.size(), Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(memory, layout) };
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        LARGEST.fetch_max(size, Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.realloc(memory, layout, size) }
    }
}
