//! What a fork must not copy: guards make it impossible, descriptors are handed over.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashSet;
use std::fs::File;
use std::io::{PipeReader, Read as _, Write as _, pipe};
use std::os::fd::{AsRawFd as _, OwnedFd, RawFd};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use processes::held::{NoFork, PrivateFd};
use processes::{Error, Exit, ProcessToken, SharedMemory, scope};

tests::main! {
    each_process_has_a_token_of_its_own,
    a_held_guard_refuses_a_fork_until_it_is_dropped,
    a_guard_forgotten_by_a_dead_thread_refuses_a_fork,
    a_descriptor_goes_only_to_the_child_that_is_given_it,
    a_number_that_was_not_handed_over_means_no_other_file,
    a_number_that_is_free_again_is_left_alone,
    a_borrowed_descriptor_stays_with_the_parent_too,
    a_child_cannot_hand_over_what_it_was_not_given,
    all_parts_of_a_value_are_handed_over,
}

/// A pipe whose writing end is private.
fn private_pipe() -> (PipeReader, PrivateFd) {
    let (reader, writer) = pipe().unwrap();
    (reader, PrivateFd::new(OwnedFd::from(writer)))
}

fn write(private: &PrivateFd, text: &str) {
    rustix::io::write(private.get().unwrap(), text.as_bytes()).unwrap();
}

fn read_to_end(mut reader: PipeReader) -> String {
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    text
}

/// The number, for another look at it in a child.
fn number(private: &PrivateFd) -> RawFd {
    private.get().unwrap().as_raw_fd()
}

fn each_process_has_a_token_of_its_own() -> Result<(), Error> {
    let tokens = SharedMemory::new([const { AtomicU64::new(0) }; 4], 0).unwrap();
    let note = |place: usize| {
        let token = ProcessToken::current();
        assert_eq!(token, ProcessToken::current());
        tokens[place].store(token.to_u64(), Relaxed);
    };
    note(0);
    scope(|family| {
        for place in [1, 2] {
            family.spawn("child", || note(place))?;
        }
        family.spawn("parent", || {
            scope(|family| family.spawn("grandchild", || note(3)).map(drop))
        })?;
        family.join()
    })?;
    let tokens: HashSet<_> = tokens.iter().map(|token| token.load(Relaxed)).collect();
    assert_eq!((tokens.len(), tokens.contains(&0)), (4, false));
    Ok(())
}

/// A `&mut T` from the guard of a lock would be in two processes at once.
fn a_held_guard_refuses_a_fork_until_it_is_dropped() -> Result<(), Error> {
    scope(|family| {
        let said = || family.spawn("x", || ()).unwrap_err().to_string();
        let (first, second) = (NoFork::new("a guard"), NoFork::new("a loan"));
        assert!(said().starts_with("cannot start x: this thread holds a loan, and"));
        drop(first);
        assert!(said().starts_with("cannot start x: this thread holds a loan, and"));
        drop(second);
        let third = NoFork::new("a guard");
        let refused = family.daemon_with("x", (), |()| ());
        assert!(matches!(refused, Err(Error::Held { what: "a guard", .. })));
        drop(third);
        assert_eq!(family.spawn("x", || ())?.join()?, Exit::Ok);
        Ok(())
    })
}

/// A reference from it may have gone to another thread.
fn a_guard_forgotten_by_a_dead_thread_refuses_a_fork() -> Result<(), Error> {
    // In a child, since it is refused for ever.
    scope(|family| {
        let child = family.spawn("x", || {
            let forget = || std::mem::forget(NoFork::new("a forgotten guard"));
            std::thread::spawn(forget).join().unwrap();
            let refused = scope(|family| family.spawn("y", || ()).map(drop));
            assert!(matches!(
                refused,
                Err(Error::Held { what: "a forgotten guard", .. })
            ));
        })?;
        assert_eq!(child.join()?, Exit::Ok);
        Ok(())
    })
}

fn a_descriptor_goes_only_to_the_child_that_is_given_it() -> Result<(), Error> {
    let ((first, to_first), (second, to_second)) = (private_pipe(), private_pipe());
    scope(|family| {
        // Either child, and the parent, would keep the other's pipe open for ever.
        for (to, text) in [(to_first, "apple"), (to_second, "pear")] {
            family.daemon_with("x", to, move |to| {
                write(&to, text);
                drop(to);
                loop {
                    std::thread::park();
                }
            })?;
        }
        assert_eq!(
            (read_to_end(first), read_to_end(second)),
            ("apple".into(), "pear".into())
        );
        Ok(())
    })
}

fn a_number_that_was_not_handed_over_means_no_other_file() -> Result<(), Error> {
    let (_reader, writer) = private_pipe();
    let place = number(&writer);
    scope(|family| {
        let child = family.spawn("x", || {
            assert!(writer.get().is_none());
            let files: Vec<_> =
                (0..8).map(|_| File::open("/dev/null").unwrap()).collect();
            assert!(files.iter().all(|file| file.as_raw_fd() != place));
            // The copy gives the number free, like any other.
            drop(writer);
            assert_eq!(File::open("/dev/null").unwrap().as_raw_fd(), place);
        })?;
        assert_eq!(child.join()?, Exit::Ok);
        Ok(())
    })
}

fn a_number_that_is_free_again_is_left_alone() -> Result<(), Error> {
    let (_reader, writer) = private_pipe();
    let place = number(&writer);
    let (reader, other) = pipe().unwrap();
    drop(writer);
    let copy = other.try_clone().unwrap();
    assert_eq!(copy.as_raw_fd(), place);
    scope(|family| {
        let child = family.spawn("x", || (&copy).write_all(b"apple"))?;
        assert_eq!(child.join()?, Exit::Ok);
        drop((other, copy));
        assert_eq!(read_to_end(reader), "apple");
        Ok(())
    })
}

fn a_borrowed_descriptor_stays_with_the_parent_too() -> Result<(), Error> {
    let (reader, writer) = private_pipe();
    scope(|family| {
        let child =
            family.spawn_with("x", &writer, |writer| write(writer, "apple "))?;
        assert_eq!(child.join()?, Exit::Ok);
        write(&writer, "pear");
        drop(writer);
        assert_eq!(read_to_end(reader), "apple pear");
        Ok(())
    })
}

fn a_child_cannot_hand_over_what_it_was_not_given() -> Result<(), Error> {
    let (_reader, writer) = private_pipe();
    scope(|family| {
        let child = family.spawn("x", || {
            scope(|family| {
                let grandchild = family.spawn_with("y", &writer, |writer| {
                    assert!(writer.get().is_none());
                })?;
                assert_eq!(grandchild.join()?, Exit::Ok);
                Ok::<(), Error>(())
            })
        })?;
        assert_eq!(child.join()?, Exit::Ok);
        // The parent, to which it belongs, still can.
        let child = family.spawn_with("x", &writer, |writer| {
            scope(|family| {
                let given = |writer: &PrivateFd| write(writer, "apple");
                let grandchild = family.spawn_with("y", writer, given)?;
                assert_eq!(grandchild.join()?, Exit::Ok);
                Ok::<(), Error>(())
            })
        })?;
        assert_eq!(child.join()?, Exit::Ok);
        Ok(())
    })
}

fn all_parts_of_a_value_are_handed_over() -> Result<(), Error> {
    let (pipes, ends): (Vec<_>, Vec<_>) = (0..3).map(|_| private_pipe()).unzip();
    let (reader, writer) = private_pipe();
    scope(|family| {
        // A part may stand in it twice.
        let parts = (ends, (&writer, &writer));
        let child = family.spawn_with("x", parts, |(ends, (writer, _))| {
            ends.iter().chain([writer]).for_each(|end| write(end, "apple"));
        })?;
        assert_eq!(child.join()?, Exit::Ok);
        drop(writer);
        for reader in pipes.into_iter().chain([reader]) {
            assert_eq!(read_to_end(reader), "apple");
        }
        Ok(())
    })
}
