//! Pipes between real processes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use ipc_pipe::{Connection, EncodeError, LIMIT, RecvError, SendCause, pipe};
use nix::sys::signal::{
    SaFlags, SigAction, SigHandler, SigSet, Signal, kill, sigaction,
};
use nix::unistd::Pid;
use processes::{Event, Exit, SIGKILL, scope};

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
    a_child_has_the_end_that_it_was_given,
    signals_interrupt_nothing,
    sigpipe_does_not_kill,
    a_killed_sender_leaves_a_truncated_message,
}

fn messages_go_both_ways() -> Result<(), processes::Error> {
    let (mut here, there) = pipe::<(u32, String)>().unwrap();
    scope(|family| {
        family.spawn_with("doubles", there, |mut there| {
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
        family.spawn_with("there", there, |there| talk(there, 'b', 'a'))?;
        talk(here, 'a', 'b');
        family.join()
    })
}

fn a_send_waits_for_a_slow_receiver() -> Result<(), processes::Error> {
    let (mut here, there) = pipe::<()>().unwrap();
    scope(|family| {
        family.spawn_with("slow", there, |mut there| {
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
        family.spawn_with("leaves", there, drop)?;
        assert!(matches!(here.recv(), Err(RecvError::Disconnected)));
        assert!(matches!(here.recv(), Err(RecvError::Disconnected)));

        let (mut here, there) = pipe::<u32>().unwrap();
        let child = family.spawn_with("is killed", there, |_held| {
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
        let (here, there) = pipe::<u32>().unwrap();
        let child = family.spawn_with("waits", there, |mut there| {
            assert!(matches!(there.recv(), Err(RecvError::Disconnected)));
            assert!(there.send(7).unwrap_err().is_disconnected());
        })?;
        drop(here);
        assert_eq!(child.join_timeout(LONG)?, Some(Exit::Ok));

        // And while it is sending more than there is room for.
        let (here, there) = pipe::<String>().unwrap();
        let child = family.spawn_with("sends", there, |mut there| {
            assert!(there.send("x".repeat(8 << 20)).unwrap_err().is_disconnected());
        })?;
        drop(here);
        assert_eq!(child.join_timeout(LONG)?, Some(Exit::Ok));
        Ok(())
    })
}

fn two_children_see_each_other_go() -> Result<(), processes::Error> {
    scope(|family| {
        let (one, other) = pipe::<u32>().unwrap();
        let first = family.spawn_with("first", one, |mut one| {
            assert_eq!(one.recv().unwrap(), 7);
            assert!(matches!(one.recv(), Err(RecvError::Disconnected)));
        })?;
        family.spawn_with("second", other, |mut other| other.send(7).unwrap())?;
        assert_eq!(first.join_timeout(LONG)?, Some(Exit::Ok));
        Ok(())
    })
}

fn what_was_sent_before_the_end_is_received() {
    let (mut here, mut there) = pipe::<u32>().unwrap();
    // A peer that closes while something is unread resets the connection; it must not
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

fn a_child_has_the_end_that_it_was_given() -> Result<(), processes::Error> {
    let (mut one, mut other) = pipe::<u32>().unwrap();
    scope(|family| {
        let child = family.spawn_with("has one", &mut one, |one| {
            assert!(one.try_recv().unwrap().is_none());
            assert!(other.poll(LONG));
            assert!(matches!(other.recv(), Err(RecvError::NotHandedOver)));
            let received = other.recv_bytes_into(&mut Vec::new());
            assert!(matches!(received, Err(RecvError::NotHandedOver)));
            let cause = other.send(7).unwrap_err().cause;
            assert!(matches!(cause, SendCause::NotHandedOver));
        })?;
        assert_eq!(child.join()?, Exit::Ok);
        // The process that made them still has both.
        one.send(7).unwrap();
        assert_eq!(other.recv().unwrap(), 7);
        Ok(())
    })
}

fn signals_interrupt_nothing() -> Result<(), processes::Error> {
    extern "C" fn nothing(_: i32) {}
    let (mut here, there) = pipe::<String>().unwrap();
    let ready = Event::new().unwrap();
    scope(|family| {
        let child = family.spawn_with("disturbed", there, |mut there| {
            let action = SigAction::new(
                SigHandler::Handler(nothing),
                SaFlags::empty(),
                SigSet::empty(),
            );
            // SAFETY: a handler that does nothing does nothing wrong.
            unsafe { sigaction(Signal::SIGUSR1, &action) }.unwrap();
            ready.set();
            for _ in 0..5 {
                let text = there.recv().unwrap();
                assert!(
                    there.recv_timeout(Duration::from_millis(2)).unwrap().is_none()
                );
                there.send(text).unwrap();
            }
        })?;
        assert!(ready.wait_timeout(LONG));
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
    let (here, there) = pipe::<u32>().unwrap();
    drop(there);
    scope(|family| {
        let child = family.spawn_with("sends", here, |mut here| {
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
    let begun = Event::new().unwrap();
    scope(|family| {
        let has_begun = &begun;
        let child = family.spawn("is killed", move || {
            raw.write_all(b"\x05\0\0\0\x04xi").unwrap();
            has_begun.set();
            loop {
                std::thread::park();
            }
        })?;
        assert!(begun.wait_timeout(LONG));
        assert!(here.try_recv().unwrap().is_none());
        child.kill()?;
        assert_eq!(child.join()?, Exit::Killed(SIGKILL));
        assert!(matches!(here.recv(), Err(RecvError::Truncated)));
        Ok(())
    })
}
