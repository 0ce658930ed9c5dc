//! The life of a child: where it ends, what it draws, what its parent learns.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashSet;
use std::os::fd::AsFd as _;
use std::panic::panic_any;
use std::process::id;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::wait::wait;
use processes::{Error, Event, Exit, SharedMemory, scope};

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(20);

tests::main! {
    a_panic_that_panics_when_it_is_dropped_ends_the_child,
    an_error_that_panics_when_it_is_shown_ends_the_child,
    a_failed_child_that_was_found_dead_is_still_told,
    children_draw_other_random_numbers_than_their_parent,
    threads_share_a_process,
    a_process_out_of_descriptors_starts_no_child,
}

/// Counts the processes that run their parent's code after a call of `spawn`.
struct Escapes {
    parent: u32,
    count: SharedMemory<AtomicU32>,
}

impl Escapes {
    fn new() -> Self {
        Self { parent: id(), count: SharedMemory::new(AtomicU32::new(0), 0).unwrap() }
    }
}

/// Dropped by whatever unwinds or returns through the parent's code.
struct Passage<'a>(&'a Escapes);

impl Drop for Passage<'_> {
    fn drop(&mut self) {
        if id() != self.0.parent {
            self.0.count.fetch_add(1, Relaxed);
            std::process::exit(0);
        }
    }
}

/// A value whose destructor panics.
struct Grenade;

impl Drop for Grenade {
    fn drop(&mut self) {
        panic!("in the destructor of the payload");
    }
}

fn a_panic_that_panics_when_it_is_dropped_ends_the_child() -> Result<(), Error> {
    let escapes = Escapes::new();
    let exit = scope(|family| {
        let _passage = Passage(&escapes);
        family.spawn("x", || panic_any(Grenade))?.join()
    })?;
    assert_eq!((escapes.count.load(Relaxed), exit), (0, Exit::Code(101)));
    Ok(())
}

fn an_error_that_panics_when_it_is_shown_ends_the_child() -> Result<(), Error> {
    struct Unspeakable;
    impl std::fmt::Display for Unspeakable {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic_any(Grenade)
        }
    }
    let escapes = Escapes::new();
    let exit = scope(|family| {
        let _passage = Passage(&escapes);
        family.spawn("x", || Err::<(), _>(Unspeakable))?.join()
    })?;
    assert_eq!((escapes.count.load(Relaxed), exit), (0, Exit::Code(101)));
    Ok(())
}

/// To look whether a child lives does not make its failure the caller's business.
fn a_failed_child_that_was_found_dead_is_still_told() {
    let ended = scope(|family| {
        let child = family.spawn("x", || std::process::exit(3))?;
        while child.is_alive()? {
            std::thread::yield_now();
        }
        Ok(())
    });
    let Err(Error::Failed { exit, .. }) = ended else { panic!("{ended:?}") };
    assert_eq!(exit, Exit::Code(3));
}

fn children_draw_other_random_numbers_than_their_parent() -> Result<(), Error> {
    let drawn = SharedMemory::new([const { AtomicU64::new(0) }; 4], 0).unwrap();
    // The generator has begun, and every child has a copy of it.
    let _first = fastrand::u64(..);
    scope(|family| {
        for place in 1..4 {
            family.spawn("x", || drawn[place].store(fastrand::u64(..), Relaxed))?;
        }
        family.join()
    })?;
    drawn[0].store(fastrand::u64(..), Relaxed);
    let numbers: HashSet<_> = drawn.iter().map(|number| number.load(Relaxed)).collect();
    assert_eq!(numbers.len(), 4);
    Ok(())
}

fn threads_share_a_process() -> Result<(), Error> {
    let go = Event::new().unwrap();
    scope(|family| {
        let child = family.spawn("x", || {
            go.wait();
            std::process::exit(3)
        })?;
        thread::scope(|threads| {
            let waits = |number: u32| {
                let child = child.clone();
                threads.spawn(move || match number % 3 {
                    0 => child.join(),
                    1 => child.peek(),
                    _ => Ok(child.join_timeout(LONG)?.unwrap()),
                })
            };
            let waits: Vec<_> = (0..12).map(waits).collect();
            assert!(child.is_alive()?);
            go.set();
            for wait in waits {
                assert_eq!(wait.join().unwrap()?, Exit::Code(3));
            }
            Ok(())
        })
    })
}

fn a_process_out_of_descriptors_starts_no_child() {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    let refused = scope(|family| {
        setrlimit(Resource::RLIMIT_NOFILE, 64, hard).unwrap();
        let descriptor = || std::io::stderr().as_fd().try_clone_to_owned().ok();
        let taken: Vec<_> = std::iter::from_fn(descriptor).collect();
        let refused = family.spawn("x", || ());
        setrlimit(Resource::RLIMIT_NOFILE, soft, hard).unwrap();
        assert!(!taken.is_empty());
        assert!(matches!(wait(), Err(Errno::ECHILD)));
        Err::<(), _>(refused.unwrap_err())
    });
    assert_eq!(
        refused.unwrap_err().to_string(),
        "cannot count the threads before x is started"
    );
}
