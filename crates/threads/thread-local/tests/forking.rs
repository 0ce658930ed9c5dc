//! Forked children: they begin with the inherited values, and leave their parent's
//! alone.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::Cell;
use std::process::id;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use processes::{Error, Exit, SharedMemory};
use thread_local::{ByIdent, Local, copy_context};

tests::main! {
    a_child_begins_with_the_inherited_values,
    a_child_changes_its_own_copy,
    a_child_does_not_drop_its_parents_values,
    a_grandchild_inherits_from_the_child,
    a_child_forked_within_a_context_inherits_that,
    a_child_has_threads_with_values_of_their_own,
    the_map_of_the_note_is_copied_with_its_dead_threads,
}

static TRACE: Local<u32> = Local::inherited();
static OWN: Local<u32> = Local::new();

/// Runs `child` as a child, which must end well.
fn in_child(child: impl FnOnce()) -> Result<(), Error> {
    processes::scope(|family| {
        assert_eq!(family.spawn("child", child)?.join()?, Exit::Ok);
        Ok(())
    })
}

fn set_both() {
    TRACE.set(7).unwrap();
    OWN.set(1).unwrap();
}

fn a_child_begins_with_the_inherited_values() -> Result<(), Error> {
    set_both();
    in_child(|| assert_eq!((TRACE.get(), OWN.get()), (Some(7), None)))?;
    assert_eq!((TRACE.get(), OWN.get()), (Some(7), Some(1)));
    Ok(())
}

fn a_child_changes_its_own_copy() -> Result<(), Error> {
    set_both();
    in_child(|| {
        TRACE.set(8).unwrap();
        OWN.set(2).unwrap();
        assert_eq!((TRACE.get(), OWN.get()), (Some(8), Some(2)));
    })?;
    assert_eq!((TRACE.get(), OWN.get()), (Some(7), Some(1)));
    Ok(())
}

/// Counts in memory that all processes share.
struct Dropped<'a>(&'a AtomicU32, u32);

impl Drop for Dropped<'_> {
    fn drop(&mut self) {
        if id() != self.1 {
            self.0.fetch_add(1, Relaxed);
        }
    }
}

fn a_child_does_not_drop_its_parents_values() -> Result<(), Error> {
    let drops: &SharedMemory<AtomicU32> =
        Box::leak(Box::new(SharedMemory::new(AtomicU32::new(0), 0).unwrap()));
    let (kept, inherited) = (Local::new(), Local::inherited());
    kept.set(Dropped(drops, id())).unwrap();
    inherited.set(1).unwrap();
    in_child(|| {
        // The first use of any `Local` makes the values those of a child.
        assert_eq!(inherited.get(), Some(1));
        assert_eq!(kept.with(|_| ()), None);
        kept.set(Dropped(drops, id())).unwrap();
        assert!(kept.remove());
    })?;
    assert_eq!(drops.load(Relaxed), 0);
    assert!(kept.remove());
    Ok(())
}

fn a_grandchild_inherits_from_the_child() -> Result<(), Error> {
    set_both();
    in_child(|| {
        TRACE.set(8).unwrap();
        in_child(|| assert_eq!(TRACE.get(), Some(8))).unwrap();
    })
}

fn a_child_forked_within_a_context_inherits_that() -> Result<(), Error> {
    set_both();
    copy_context().run(|| {
        TRACE.set(9).unwrap();
        OWN.set(2).unwrap();
        in_child(|| assert_eq!((TRACE.get(), OWN.get()), (Some(9), None)))
    })
}

fn a_child_has_threads_with_values_of_their_own() -> Result<(), Error> {
    set_both();
    in_child(|| {
        let thread = std::thread::spawn(|| {
            let before = TRACE.get();
            TRACE.set(3).unwrap();
            (before, TRACE.get())
        });
        assert_eq!(thread.join().unwrap(), (None, Some(3)));
        assert_eq!(TRACE.get(), Some(7));
    })
}

fn the_map_of_the_note_is_copied_with_its_dead_threads() -> Result<(), Error> {
    let (map, local) = (ByIdent::new(), Local::new());
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            map.set("KEY", 1);
            local.set(Cell::new(1)).unwrap();
        });
        thread.join().unwrap();
    });
    in_child(|| assert_eq!((map.len(), local.flows()), (1, 0)))
}
