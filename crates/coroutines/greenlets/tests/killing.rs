//! How greenlets end that do not return: killed, at the end of their scope, in the
//! middle of a panic.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use greenlets::{Error, Greenlet, scope};

/// Writes down that it was dropped, and whether by a panic.
struct Note<'a>(&'a RefCell<Vec<String>>, &'static str);

impl Drop for Note<'_> {
    fn drop(&mut self) {
        let how = if std::thread::panicking() { "unwound" } else { "dropped" };
        self.0.borrow_mut().push(format!("{} {how}", self.1));
    }
}

#[test]
fn the_end_of_the_scope_unwinds_those_that_wait_and_drops_what_has_not_begun() {
    let log = RefCell::new(Vec::new());
    let borrowed = String::from("borrowed");
    scope(|group| {
        let main = group.current();
        for name in ["first", "second", "idle"] {
            let (log, borrowed) = (&log, &borrowed);
            let captured = Note(log, name);
            let greenlet = group.greenlet(name);
            greenlet
                .run(move |()| {
                    let _captured = captured;
                    let _deeper = Note(log, "its local");
                    main.switch(());
                    unreachable!("{borrowed}");
                })
                .unwrap();
            if name != "idle" {
                greenlet.switch(());
            }
        }
        group.greenlet("without a function");
    });
    let expected = [
        "its local unwound",
        "first unwound",
        "its local unwound",
        "second unwound",
        "idle dropped",
    ];
    assert_eq!(log.take(), expected);
}

#[test]
fn a_panic_of_the_main_code_unwinds_them_too_and_they_do_not_find_it() {
    let log = RefCell::new(Vec::new());
    let caught = catch_unwind(AssertUnwindSafe(|| {
        scope(|group| {
            let main = group.current();
            let idle = group.greenlet("idle");
            let captured = Note(&log, "idle");
            idle.run(move |()| drop(captured)).unwrap();
            let child = group.greenlet("child");
            let note = Note(&log, "child");
            child
                .run(move |()| {
                    let _note = note;
                    main.switch(());
                })
                .unwrap();
            child.switch(());
            resume_unwind(Box::new(7))
        })
    }));
    assert_eq!(caught.unwrap_err().downcast_ref(), Some(&7));
    assert_eq!(log.take(), ["idle dropped", "child unwound"]);
}

#[test]
fn a_kill_returns_to_the_killer_not_to_the_parent() {
    scope(|group| {
        let main = group.current();
        let (killer, victim) = (group.greenlet("killer"), group.greenlet("victim"));
        victim
            .run(move |step| {
                main.switch(step);
                unreachable!("it is killed there");
            })
            .unwrap();
        killer
            .run(move |step| {
                victim.kill().unwrap();
                assert_eq!(group.current(), killer);
                assert!(victim.is_dead());
                // And it can still switch.
                main.switch(step + 1) + 1
            })
            .unwrap();
        assert_eq!(victim.switch(1), 1);
        assert_eq!(killer.switch(2), 3);
        assert_eq!(killer.switch(4), 5);
        victim.kill().unwrap();
    });
}

#[test]
fn those_that_run_cannot_be_killed() {
    fn refused(result: Result<(), Error>, name: &str) {
        let message =
            format!("greenlet {name} cannot be killed: it does not wait in a switch");
        assert_eq!(result.unwrap_err().to_string(), message);
    }
    struct KillsKiller<'scope>(Greenlet<'scope, ()>, Greenlet<'scope, ()>);
    impl Drop for KillsKiller<'_> {
        fn drop(&mut self) {
            refused(self.0.kill(), "killer");
            refused(self.1.kill(), "victim");
        }
    }
    scope(|group| {
        let main = group.current();
        let (killer, victim) = (group.greenlet("killer"), group.greenlet("victim"));
        killer
            .run(move |()| {
                refused(group.current().kill(), "killer");
                refused(main.kill(), "main");
                victim.kill().unwrap();
            })
            .unwrap();
        victim
            .run(move |()| {
                let _guard = KillsKiller(killer, victim);
                main.switch(());
            })
            .unwrap();
        victim.switch(());
        killer.switch(());
        assert!(killer.is_dead() && victim.is_dead());
        refused(main.kill(), "main");
    });
}

#[test]
fn one_that_catches_its_end_is_unwound_again_by_its_next_switch() {
    let log = RefCell::new(Vec::new());
    scope(|group| {
        let log = &log;
        let main = group.current();
        let stubborn = group.greenlet("stubborn");
        stubborn
            .run(move |()| {
                for attempt in 1..=3 {
                    let caught = catch_unwind(AssertUnwindSafe(|| main.switch(())));
                    assert!(caught.is_err() && !std::thread::panicking());
                    log.borrow_mut().push(attempt);
                }
            })
            .unwrap();
        stubborn.switch(());
        stubborn.kill().unwrap();
        assert!(stubborn.is_dead());
    });
    assert_eq!(log.take(), [1, 2, 3]);
}

#[test]
fn one_that_is_killed_may_open_a_scope_of_its_own() {
    let sum = Cell::new(0);
    scope(|group| {
        let (main, sum) = (group.current(), &sum);
        let dying = group.greenlet("dying");
        dying
            .run(move |_| {
                let caught = catch_unwind(AssertUnwindSafe(|| main.switch(0)));
                assert!(caught.is_err());
                scope(|inner| {
                    let (dying, child) = (inner.current(), inner.greenlet("child"));
                    child.run(move |number| dying.switch(number + 1) + 1).unwrap();
                    sum.set(child.switch(1) + child.switch(10));
                });
                0
            })
            .unwrap();
        dying.switch(0);
    });
    assert_eq!(sum.get(), 13);
}

/// Switches when it is dropped, and keeps what it gets.
struct SwitchesInDrop<'scope, 'a>(Greenlet<'scope, u32>, &'a Cell<u32>);

impl Drop for SwitchesInDrop<'_, '_> {
    fn drop(&mut self) {
        self.1.set(self.0.switch(7));
    }
}

#[test]
fn a_destructor_that_a_panic_calls_gets_its_value_back_at_once() {
    let got = Cell::new(0);
    let others_turns = Cell::new(0);
    scope(|group| {
        let (got, others_turns) = (&got, &others_turns);
        let main = group.current();
        let (other, child) = (group.greenlet("other"), group.greenlet("child"));
        other
            .run(move |mut value| {
                loop {
                    others_turns.set(others_turns.get() + 1);
                    value = main.switch(value + 1);
                }
            })
            .unwrap();
        child
            .run(move |_| {
                let _guard = SwitchesInDrop(other, got);
                resume_unwind(Box::new("apple"))
            })
            .unwrap();
        let caught = catch_unwind(AssertUnwindSafe(|| child.switch(0)));
        assert_eq!(caught.unwrap_err().downcast_ref(), Some(&"apple"));
        assert_eq!((got.get(), others_turns.get()), (7, 0));

        // The same holds for a greenlet that is killed.
        got.set(0);
        let killed = group.greenlet("killed");
        killed
            .run(move |_| {
                let _guard = SwitchesInDrop(other, got);
                main.switch(0)
            })
            .unwrap();
        killed.switch(0);
        killed.kill().unwrap();
        assert_eq!((got.get(), others_turns.get()), (7, 0));

        // Where nothing unwinds, a destructor switches as any other code.
        drop(SwitchesInDrop(other, got));
        assert_eq!((got.get(), others_turns.get()), (8, 1));
    });
}

#[test]
fn a_scope_that_a_destructor_opens_during_a_panic_is_like_any_other() {
    struct OpensScope<'a>(&'a Cell<u32>);
    impl Drop for OpensScope<'_> {
        fn drop(&mut self) {
            self.0.set(scope(|group| {
                let main = group.current();
                let child = group.greenlet("child");
                child.run(move |number| main.switch(number + 1) + 1).unwrap();
                let waits = group.greenlet("waits");
                waits.run(move |number| main.switch(number)).unwrap();
                child.switch(1) + child.switch(10) + waits.switch(100)
            }));
        }
    }
    let sum = Cell::new(0);
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let _guard = OpensScope(&sum);
        resume_unwind(Box::new(7))
    }));
    assert!(caught.is_err());
    assert_eq!(sum.get(), 113);
}

#[test]
fn a_destructor_that_panics_is_told_to_the_killer() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            resume_unwind(Box::new("apple"));
        }
    }
    scope(|group| {
        // Dropped, not unwound, as it has not begun.
        let idle = group.greenlet("idle");
        let captured = Panics;
        idle.run(move |()| drop(captured)).unwrap();
        let caught = catch_unwind(AssertUnwindSafe(|| idle.kill()));
        assert_eq!(caught.unwrap_err().downcast_ref(), Some(&"apple"));
        assert!(idle.is_dead());
    });
}

#[test]
fn the_first_panic_at_the_end_leaves_the_scope_and_the_others_are_killed_all_the_same()
{
    let killed = Cell::new(0);
    let caught = catch_unwind(AssertUnwindSafe(|| {
        scope(|group| {
            let (main, killed) = (group.current(), &killed);
            for number in 0..3 {
                let child = group.greenlet(format!("child {number}"));
                child
                    .run(move |()| {
                        let _ = catch_unwind(AssertUnwindSafe(|| main.switch(())));
                        killed.set(killed.get() + 1);
                        resume_unwind(Box::new(number))
                    })
                    .unwrap();
                child.switch(());
            }
        });
    }));
    assert_eq!(caught.unwrap_err().downcast_ref(), Some(&0));
    assert_eq!(killed.get(), 3);
}

#[test]
fn those_that_are_made_at_the_end_are_killed_as_well() {
    let log = RefCell::new(Vec::new());
    scope(|group| {
        let (main, log) = (group.current(), &log);
        let child = group.greenlet("child");
        child
            .run(move |()| {
                let _ = catch_unwind(AssertUnwindSafe(|| main.switch(())));
                let late = group.greenlet("late");
                let captured = Note(log, "late");
                late.run(move |()| drop(captured)).unwrap();
            })
            .unwrap();
        child.switch(());
    });
    assert_eq!(log.take(), ["late dropped"]);
}

#[test]
fn killing_one_that_is_deep_in_an_inner_scope_unwinds_all_of_it() {
    let log = RefCell::new(Vec::new());
    scope(|outer| {
        let (main, log) = (outer.current(), &log);
        let opener = outer.greenlet("opener");
        opener
            .run(move |()| {
                let _opener = Note(log, "opener");
                scope(|inner| {
                    let _inner_main = Note(log, "inner main");
                    let (back, waits, deep) = (
                        inner.current(),
                        inner.greenlet("waits"),
                        inner.greenlet("deep"),
                    );
                    waits
                        .run(move |()| {
                            let _waits = Note(log, "waits");
                            back.switch(());
                        })
                        .unwrap();
                    deep.run(move |()| {
                        let _deep = Note(log, "deep");
                        main.switch(());
                    })
                    .unwrap();
                    waits.switch(());
                    deep.switch(());
                    unreachable!("it is killed while deep waits in the outer scope");
                });
            })
            .unwrap();
        opener.switch(());
        opener.kill().unwrap();
    });
    assert_eq!(
        log.take(),
        ["deep unwound", "inner main unwound", "waits unwound", "opener unwound"]
    );
}

#[test]
fn one_killed_in_both_scopes_passes_the_outer_end_on() {
    let reached = Cell::new(false);
    scope(|outer| {
        let (main, reached) = (outer.current(), &reached);
        let opener = outer.greenlet("opener");
        opener
            .run(move |()| {
                scope(|inner| {
                    let (back, deep) = (inner.current(), inner.greenlet("deep"));
                    deep.run(move |()| {
                        // Killed in the inner scope, it waits in the outer, where its
                        // opener is killed next.
                        let _ = catch_unwind(AssertUnwindSafe(|| back.switch(())));
                        main.switch(());
                    })
                    .unwrap();
                    deep.switch(());
                    drop(deep.kill());
                    reached.set(true);
                });
            })
            .unwrap();
        opener.switch(());
        opener.kill().unwrap();
        assert!(opener.is_dead());
    });
    assert!(!reached.get(), "the opener must not go on behind the kill");
}
