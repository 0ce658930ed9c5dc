//! Greenlets and processes: a child has copies of all stacks, and must not run them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::RefCell;
use std::process::id;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use processes::{Error, Exit, SharedMemory};

tests::main! {
    a_child_cannot_switch_to_its_parents_greenlets,
    a_child_has_greenlets_of_its_own,
}

fn a_child_cannot_switch_to_its_parents_greenlets() -> Result<(), Error> {
    let escapes = SharedMemory::new(AtomicU32::new(0), 0).unwrap();
    let (parent, refused) = (id(), RefCell::new(Vec::new()));
    processes::scope(|family| {
        greenlets::scope(|group| {
            let main = group.current();
            let forks = group.greenlet("forks");
            let refused = &refused;
            let fork = move || {
                if let Err(error) = family.spawn("x", || main.switch(())) {
                    refused.borrow_mut().push(error.to_string());
                }
            };
            forks.run(move |()| fork()).unwrap();
            forks.switch(());
            if id() != parent {
                escapes.fetch_add(1, Relaxed);
                std::process::exit(0);
            }
        });
        Ok::<(), Error>(())
    })?;
    assert_eq!(escapes.load(Relaxed), 0, "the child went on with its parent's code");
    let said = "cannot start x: this thread holds a scope of greenlets, and a child \
                made by fork would hold a copy of it";
    assert_eq!(refused.into_inner(), [said]);
    Ok(())
}

fn a_child_has_greenlets_of_its_own() -> Result<(), Error> {
    let twice = || {
        greenlets::scope(|group| {
            let twice = group.greenlet("twice");
            twice.run(|number: u32| 2 * number).unwrap();
            assert_eq!(twice.switch(3), 6);
        });
    };
    twice();
    processes::scope(|family| {
        assert_eq!(family.spawn("x", twice)?.join()?, Exit::Ok);
        Ok(())
    })
}
