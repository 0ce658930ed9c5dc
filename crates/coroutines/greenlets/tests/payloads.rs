//! Panics whose payloads panic when they are dropped.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};

use greenlets::{Group, scope};

/// A payload whose destructor panics.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic_any("the destructor of a payload");
    }
}

/// Makes a greenlet that waits, and panics with `payload` when it is killed.
fn panics_when_killed<'scope, P: Send + 'static>(
    group: &'scope Group<'scope, '_, ()>,
    payload: P,
) {
    let main = group.current();
    let greenlet = group.greenlet("panics when killed");
    greenlet
        .run(move |()| {
            let killed = catch_unwind(AssertUnwindSafe(|| main.switch(())));
            assert!(killed.is_err());
            resume_unwind(Box::new(payload));
        })
        .unwrap();
    greenlet.switch(());
}

/// Finding 2: the second panic's payload was dropped in the loop that kills, which it
/// left, and the greenlets that still waited unwound while their world was freed.
#[test]
fn a_later_payload_that_panics_when_dropped_leaves_no_greenlet_waiting() {
    let (log, scope_is_over) = (RefCell::new(Vec::new()), Cell::new(false));
    let caught = catch_unwind(AssertUnwindSafe(|| {
        scope(|group| {
            panics_when_killed(group, "the first");
            panics_when_killed(group, Bomb);
            let (main, last) = (group.current(), group.greenlet("last"));
            let (log, scope_is_over) = (&log, &scope_is_over);
            last.run(move |()| {
                let killed = catch_unwind(AssertUnwindSafe(|| main.switch(())));
                let runs = group.current().name().to_owned();
                log.borrow_mut().push((runs, killed.is_err(), scope_is_over.get()));
            })
            .unwrap();
            last.switch(());
        });
    }));
    scope_is_over.set(true);
    assert_eq!(caught.unwrap_err().downcast_ref(), Some(&"the first"));
    assert_eq!(log.take(), [("last".to_owned(), true, false)]);
}

#[test]
fn a_payload_at_the_end_that_panics_when_dropped_gives_way_to_the_panic_of_the_body() {
    let caught = catch_unwind(AssertUnwindSafe(|| {
        scope(|group| {
            panics_when_killed(group, Bomb);
            resume_unwind(Box::new("the body"));
        })
    }));
    assert_eq!(caught.unwrap_err().downcast_ref(), Some(&"the body"));
}
