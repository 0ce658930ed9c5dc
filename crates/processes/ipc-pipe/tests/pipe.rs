//! Pipes between real processes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use ipc_pipe::{Connection, EncodeError, LIMIT, RecvError, SendCause, pipe};
use nix::sys::signal::{
    SaFlags, SigAction, SigHandler, SigSet, Signal, kill, sigaction,
};
use nix::unistd::Pid;
use processes::{Exit, SIGKILL, scope};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

const LONG: Duration = Duration::from_secs(20);

tests::main! {
    messages_go_both_ways,
    long_messages_both_ways_at_once_are_no_deadlock,
    a_send_waits_for_a_slow_receiver,
    the_parent_sees_that_its_child_has_gone,
    the_child_sees_that_its_parent_has_let_go,
    two_children_see_each_other_go,
    what_was_sent_before_the_end_is_received,
    a_message_that_is_not_sent_is_given_back,
    a_process_has_one_end,
    a_message_in_pieces_is_waited_for,
    a_truncated_message_is_an_error,
    a_length_beyond_the_limit_is_an_error_for_ever,
    a_message_of_another_type_is_an_error_once,
    arbitrary_bytes_are_messages_or_errors,
    signals_interrupt_nothing,
    sigpipe_does_not_kill,
    a_killed_sender_leaves_a_truncated_message,
}

fn messages_go_both_ways() -> Result<(), processes::Error> {
    let (mut here, mut there) = pipe::<(u32, String)>().unwrap();
    scope(|family| {
        family.spawn("doubles", move || {
            while let Ok((number, text)) = there.recv() {
                there.send((2 * number, text.repeat(2))).unwrap();
            }
        })?;
        for number in 0..1000 {
            here.send((number, number.to_string())).unwrap();
            assert_eq!(
                here.recv().unwrap(),
                (2 * number, number.to_string().repeat(2))
            );
        }
        drop(here);
        family.join()
    })
}

fn long_messages_both_ways_at_once_are_no_deadlock() -> Result<(), processes::Error> {
    fn talk(mut connection: Connection<String>, mine: char, theirs: char) {
        for length in [8 << 20, 5, 8 << 20, 8 << 20] {
            connection.send(String::from(mine).repeat(length)).unwrap();
        }
        for length in [8 << 20, 5, 8 << 20, 8 << 20] {
            let text = connection.recv().unwrap();
            assert!(text.len() == length && text.chars().all(|one| one == theirs));
        }
    }
    let (here, there) = pipe().unwrap();
    scope(|family| {
        family.spawn("there", move || talk(there, 'b', 'a'))?;
        talk(here, 'a', 'b');
        family.join()
    })
}

fn a_send_waits_for_a_slow_receiver() -> Result<(), processes::Error> {
    let (mut here, mut there) = pipe::<()>().unwrap();
    scope(|family| {
        family.spawn("slow", move || {
            let mut bytes = Vec::new();
            for length in 0..200 {
                there.recv_bytes_into(&mut bytes).unwrap();
                assert_eq!(bytes, vec![length as u8; 1000 * length]);
            }
        })?;
        for length in 0..200 {
            here.send_bytes(&vec![length as u8; 1000 * length]).unwrap();
        }
        family.join()
    })
}

fn the_parent_sees_that_its_child_has_gone() -> Result<(), processes::Error> {
    scope(|family| {
        let (mut here, there) = pipe::<u32>().unwrap();
        family.spawn("leaves", move || drop(there))?;
        assert!(matches!(here.recv(), Err(RecvError::Disconnected)));
        assert!(matches!(here.recv(), Err(RecvError::Disconnected)));

        let (mut here, there) = pipe::<u32>().unwrap();
        let child = family.spawn("is killed", move || {
            let _held = there;
            loop {
                std::thread::park();
            }
        })?;
        assert!(here.try_recv().unwrap().is_none());
        child.kill()?;
        assert!(matches!(here.recv_timeout(LONG), Err(RecvError::Disconnected)));
        assert_eq!(child.join()?, Exit::Killed(SIGKILL));
        Ok(())
    })
}

fn the_child_sees_that_its_parent_has_let_go() -> Result<(), processes::Error> {
    scope(|family| {
        let (here, mut there) = pipe::<u32>().unwrap();
        let child = family.spawn("waits", move || {
            assert!(matches!(there.recv(), Err(RecvError::Disconnected)));
            assert!(there.send(7).unwrap_err().is_disconnected());
        })?;
        drop(here);
        assert_eq!(child.join_timeout(LONG)?, Some(Exit::Ok));

        // And while it is sending more than there is room for.
        let (here, mut there) = pipe::<String>().unwrap();
        let child = family.spawn("sends", move || {
            assert!(there.send("x".repeat(8 << 20)).unwrap_err().is_disconnected());
        })?;
        drop(here);
        assert_eq!(child.join_timeout(LONG)?, Some(Exit::Ok));
        Ok(())
    })
}

fn two_children_see_each_other_go() -> Result<(), processes::Error> {
    scope(|family| {
        let (mut one, mut other) = pipe::<u32>().unwrap();
        let first = family.spawn("first", move || {
            assert_eq!(one.recv().unwrap(), 7);
            assert!(matches!(one.recv(), Err(RecvError::Disconnected)));
        })?;
        family.spawn("second", move || other.send(7).unwrap())?;
        assert_eq!(first.join_timeout(LONG)?, Some(Exit::Ok));
        Ok(())
    })
}

fn what_was_sent_before_the_end_is_received() {
    let (mut here, mut there) = pipe::<u32>().unwrap();
    // Who closes while there is something unread resets the connection; it must not
    // cost what is on its way back.
    here.send(1).unwrap();
    there.send(2).unwrap();
    there.send(3).unwrap();
    drop(there);
    assert!(here.send(4).unwrap_err().is_disconnected());
    assert!(here.poll(Duration::ZERO));
    assert_eq!((here.recv().unwrap(), here.try_recv().unwrap()), (2, Some(3)));
    assert!(here.poll(Duration::ZERO), "the end is something to receive as well");
    assert!(matches!(here.try_recv(), Err(RecvError::Disconnected)));
}

fn a_message_that_is_not_sent_is_given_back() {
    let (mut here, mut there) = pipe::<String>().unwrap();
    let error = here.send("x".repeat(LIMIT + 1)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a message takes 16777216 bytes at most, and this one more"
    );
    assert!(matches!(error.cause, SendCause::Encode(EncodeError::TooLong)));
    assert_eq!(error.message.len(), LIMIT + 1);
    let error = here.send_bytes(&vec![0; LIMIT + 1]).unwrap_err();
    assert!(matches!(error.cause, SendCause::Encode(EncodeError::TooLong)));

    // Nothing of it has gone out, so the next one arrives.
    here.send("xixi".to_owned()).unwrap();
    assert_eq!(there.recv().unwrap(), "xixi");
    drop(there);
    let error = here.send("xixi".to_owned()).unwrap_err();
    assert_eq!(
        (error.to_string().as_str(), error.message.as_str()),
        ("the other end of the pipe is closed", "xixi")
    );
}

fn a_process_has_one_end() -> Result<(), processes::Error> {
    let (mut one, mut other) = pipe::<u32>().unwrap();
    scope(|family| {
        let child = family.spawn("has both", || {
            assert!(one.try_recv().unwrap().is_none());
            assert!(matches!(other.recv(), Err(RecvError::GivenUp)));
            assert!(matches!(other.send(7).unwrap_err().cause, SendCause::GivenUp));
        })?;
        assert_eq!(child.join()?, Exit::Ok);
        // In the process that made them both are there.
        one.send(7).unwrap();
        assert_eq!(other.recv().unwrap(), 7);
        Ok(())
    })
}

fn a_message_in_pieces_is_waited_for() {
    let (mut raw, stream) = UnixStream::pair().unwrap();
    let mut connection = Connection::<String>::from(OwnedFd::from(stream));
    for byte in b"\x05\0\0\0\x04xix" {
        raw.write_all(&[*byte]).unwrap();
        assert!(
            connection.try_recv().unwrap().is_none()
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

fn signals_interrupt_nothing() -> Result<(), processes::Error> {
    extern "C" fn nothing(_: i32) {}
    let (mut here, mut there) = pipe::<String>().unwrap();
    let (mut ready, mut there_ready) = pipe::<()>().unwrap();
    scope(|family| {
        let child = family.spawn("disturbed", move || {
            let action = SigAction::new(
                SigHandler::Handler(nothing),
                SaFlags::empty(),
                SigSet::empty(),
            );
            // SAFETY: a handler that does nothing does nothing wrong.
            unsafe { sigaction(Signal::SIGUSR1, &action) }.unwrap();
            there_ready.send(()).unwrap();
            for _ in 0..5 {
                let text = there.recv().unwrap();
                assert!(
                    there.recv_timeout(Duration::from_millis(2)).unwrap().is_none()
                );
                there.send(text).unwrap();
            }
        })?;
        ready.recv().unwrap();
        let disturb = || {
            (0..100).for_each(|_| {
                kill(Pid::from_raw(child.pid() as i32), Signal::SIGUSR1).unwrap();
            });
        };
        for _ in 0..5 {
            disturb();
            here.send("x".repeat(8 << 20)).unwrap();
            disturb();
            assert_eq!(here.recv().unwrap().len(), 8 << 20);
        }
        assert_eq!(child.join()?, Exit::Ok);
        Ok(())
    })
}

fn sigpipe_does_not_kill() -> Result<(), processes::Error> {
    let (mut here, there) = pipe::<u32>().unwrap();
    drop(there);
    scope(|family| {
        let child = family.spawn("sends", move || {
            let action =
                SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
            // SAFETY: the default action runs no code of ours.
            unsafe { sigaction(Signal::SIGPIPE, &action) }.unwrap();
            assert!(here.send(7).unwrap_err().is_disconnected());
            assert!(here.send_bytes(b"7").unwrap_err().is_disconnected());
        })?;
        assert_eq!(child.join()?, Exit::Ok);
        Ok(())
    })
}

fn a_killed_sender_leaves_a_truncated_message() -> Result<(), processes::Error> {
    let (mut raw, stream) = UnixStream::pair().unwrap();
    let mut here = Connection::<String>::from(OwnedFd::from(stream));
    let (mut begun, mut has_begun) = pipe::<()>().unwrap();
    scope(|family| {
        let child = family.spawn("is killed", move || {
            raw.write_all(b"\x05\0\0\0\x04xi").unwrap();
            has_begun.send(()).unwrap();
            loop {
                std::thread::park();
            }
        })?;
        begun.recv().unwrap();
        assert!(here.try_recv().unwrap().is_none());
        child.kill()?;
        assert_eq!(child.join()?, Exit::Killed(SIGKILL));
        assert!(matches!(here.recv(), Err(RecvError::Truncated)));
        Ok(())
    })
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
