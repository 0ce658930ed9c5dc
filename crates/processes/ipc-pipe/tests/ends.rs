//! Which process holds which end of a pipe.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use ipc_pipe::{Connection, RecvError, pipe, wait};
use processes::{Event, Exit, scope};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

const LONG: Duration = Duration::from_secs(3);

tests::main! {
    a_later_child_holds_no_end_of_an_earlier_pipe,
    a_sender_learns_that_its_peer_dropped_its_end,
    a_poll_takes_nothing,
    two_processes_take_turns_at_one_end,
    two_threads_send_and_receive_at_once,
    two_processes_have_a_half_each,
    the_peer_learns_when_both_halves_are_dropped,
    the_first_of_many_is_waited_for,
    a_wait_knows_what_a_send_has_taken_in,
    a_time_beyond_the_clock_is_for_ever,
}

fn a_later_child_holds_no_end_of_an_earlier_pipe() -> Result<(), processes::Error> {
    scope(|family| {
        let (one, first) = pipe::<u32>().unwrap();
        let waits = family.spawn_with("first", first, |mut first| {
            assert!(matches!(first.recv(), Err(RecvError::Disconnected)));
        })?;
        let (two, second) = pipe::<u32>().unwrap();
        let lives = family.spawn_with("second", second, |mut second| {
            assert!(matches!(second.recv(), Err(RecvError::Disconnected)));
        })?;
        drop(one);
        assert_eq!(waits.join_timeout(LONG)?, Some(Exit::Ok));
        assert_eq!(lives.join_timeout(Duration::ZERO)?, None);
        drop(two);
        assert_eq!(lives.join_timeout(LONG)?, Some(Exit::Ok));
        Ok(())
    })
}

fn a_sender_learns_that_its_peer_dropped_its_end() -> Result<(), processes::Error> {
    scope(|family| {
        let (here, there) = pipe::<u32>().unwrap();
        let gone = Event::new().unwrap();
        let child = family.spawn_with("sends", there, |mut there| {
            assert!(gone.wait_timeout(LONG));
            assert!(there.send(7).unwrap_err().is_disconnected());
        })?;
        drop(here);
        gone.set();
        assert_eq!(child.join_timeout(LONG)?, Some(Exit::Ok));
        Ok(())
    })
}

fn a_poll_takes_nothing() -> Result<(), processes::Error> {
    scope(|family| {
        let (mut here, mut there) = pipe::<String>().unwrap();
        here.send("xixi".to_owned()).unwrap();
        let child = family
            .spawn_with("polls", &mut there, |there| assert!(there.poll(LONG)))?;
        assert_eq!(child.join()?, Exit::Ok);
        assert_eq!(there.try_recv().unwrap().as_deref(), Some("xixi"));
        Ok(())
    })
}

fn two_processes_take_turns_at_one_end() -> Result<(), processes::Error> {
    scope(|family| {
        let (mut here, mut there) = pipe::<String>().unwrap();
        // Longer than one packet, so that a message may be torn.
        let text = |turn: usize| turn.to_string().repeat(100_000);
        family.spawn_with("sends", &mut here, |here| {
            (0..6).for_each(|turn| here.send(text(turn)).unwrap());
        })?;
        for turn in 0..3 {
            let take = |there: &mut Connection<String>| {
                assert!(there.poll(LONG));
                assert_eq!(there.recv().unwrap(), text(2 * turn));
            };
            assert_eq!(family.spawn_with("takes", &mut there, take)?.join()?, Exit::Ok);
            assert_eq!(there.recv().unwrap(), text(2 * turn + 1));
        }
        family.join()
    })
}

fn two_threads_send_and_receive_at_once() {
    const LENGTH: usize = 4 << 20;
    let (one, other) = pipe::<String>().unwrap();
    std::thread::scope(|scope| {
        for end in [one, other] {
            let (mut sender, mut receiver) = end.split();
            scope.spawn(move || {
                (0..20).for_each(|_| sender.send("x".repeat(LENGTH)).unwrap());
            });
            scope.spawn(move || {
                (0..20)
                    .for_each(|_| assert_eq!(receiver.recv().unwrap().len(), LENGTH));
            });
        }
    });
}

fn two_processes_have_a_half_each() -> Result<(), processes::Error> {
    scope(|family| {
        let (here, mut there) = pipe::<String>().unwrap();
        let (mut sender, receiver) = here.split();
        family.spawn_with("receives", receiver, |mut receiver| {
            assert_eq!(receiver.recv().unwrap(), "xixi");
        })?;
        sender.send("haha".to_owned()).unwrap();
        assert_eq!(there.recv().unwrap(), "haha");
        there.send("xixi".to_owned()).unwrap();
        family.join()?;
        drop(sender);
        assert!(matches!(there.recv(), Err(RecvError::Disconnected)));
        Ok(())
    })
}

fn the_peer_learns_when_both_halves_are_dropped() {
    let (here, mut there) = pipe::<u32>().unwrap();
    let (sender, mut receiver) = here.split();
    drop(sender);
    assert!(there.try_recv().unwrap().is_none());
    there.send(7).unwrap();
    assert_eq!(receiver.recv().unwrap(), 7);
    drop(receiver);
    assert!(matches!(there.recv(), Err(RecvError::Disconnected)));
}

fn the_first_of_many_is_waited_for() -> Result<(), processes::Error> {
    scope(|family| {
        let (mut numbers, mut counter) = pipe::<u32>().unwrap();
        let (texts, writer) = pipe::<String>().unwrap();
        let (sender, texts) = texts.split();
        let (go, begun) = (Event::new().unwrap(), Instant::now());
        let child = family.spawn_with("writes", writer, |mut writer| {
            assert!(go.wait_timeout(LONG));
            writer.send("xixi".to_owned()).unwrap();
        })?;
        let short = Duration::from_millis(20);
        assert!(wait(&[&numbers, &texts, &child], Some(short)).unwrap().is_empty());
        assert!(begun.elapsed() >= short);
        go.set();
        // The text, or the child's end that comes after it.
        let ready = wait(&[&numbers, &texts, &child], None).unwrap();
        assert!(ready.starts_with(&[1]), "{ready:?}");
        assert_eq!(child.join()?, Exit::Ok);
        counter.send(7).unwrap();
        let all = wait(&[&numbers, &texts, &child], Some(LONG)).unwrap();
        assert_eq!(all, [0, 1, 2]);
        assert_eq!(numbers.recv().unwrap(), 7, "it was not taken out");
        drop((sender, counter));
        assert_eq!(wait(&[&numbers], None).unwrap(), [0], "the end");
        Ok(())
    })
}

fn a_wait_knows_what_a_send_has_taken_in() -> Result<(), processes::Error> {
    scope(|family| {
        let (mut here, there) = pipe::<String>().unwrap();
        let sent = Event::new().unwrap();
        family.spawn_with("both", there, |mut there| {
            there.send("xixi".to_owned()).unwrap();
            sent.set();
            assert_eq!(there.recv().unwrap().len(), 8 << 20);
            // It stays until the parent has seen that nothing else is there.
            assert!(matches!(there.recv(), Err(RecvError::Disconnected)));
        })?;
        assert!(sent.wait_timeout(LONG));
        here.send("x".repeat(8 << 20)).unwrap();
        let mut polled = [PollFd::new(&here, PollFlags::IN)];
        poll(&mut polled, Some(&Timespec::default())).unwrap();
        assert!(polled[0].revents().is_empty(), "the socket has nothing any more");
        assert!(here.poll(Duration::ZERO));
        assert_eq!(wait(&[&here], Some(Duration::ZERO)).unwrap(), [0]);
        assert_eq!(here.recv().unwrap(), "xixi");
        assert!(!here.poll(Duration::ZERO));
        drop(here);
        family.join()
    })
}

fn a_time_beyond_the_clock_is_for_ever() -> Result<(), processes::Error> {
    scope(|family| {
        let (mut here, there) = pipe::<u32>().unwrap();
        let child = family.spawn_with("waits", there, |mut there| {
            assert_eq!(there.recv_timeout(Duration::MAX).unwrap(), Some(7));
            assert!(there.poll(Duration::MAX));
        })?;
        assert_eq!(child.join_timeout(Duration::from_millis(20))?, None);
        here.send(7).unwrap();
        assert_eq!(child.join_timeout(Duration::from_millis(20))?, None);
        drop(here);
        assert_eq!(child.join_timeout(LONG)?, Some(Exit::Ok));
        Ok(())
    })
}
