//! Lines bear the name of the greenlet that prints them, through every change of hands.

use greenlets::scope;
use shared::lane;

#[test]
fn who_speaks_is_the_greenlet_that_runs_in_the_innermost_scope() {
    let hub = std::thread::Builder::new().name("hub".to_owned());
    let done = hub.spawn(|| {
        assert_eq!(lane::current(), "hub");
        scope(|outer| {
            let (main, opener, other) =
                (outer.current(), outer.greenlet("opener"), outer.greenlet("other"));
            assert_eq!(lane::current(), "hub");
            opener
                .run(move |()| {
                    scope(|inner| {
                        assert_eq!(lane::current(), "opener");
                        let deep = inner.greenlet("deep");
                        deep.run(move |()| {
                            assert_eq!(lane::current(), "deep");
                            other.switch(());
                            assert_eq!(lane::current(), "deep");
                        })
                        .unwrap();
                        deep.switch(());
                        assert_eq!(lane::current(), "opener");
                    });
                    assert_eq!(lane::current(), "opener");
                })
                .unwrap();
            other
                .run(move |()| {
                    assert_eq!(lane::current(), "other");
                    main.switch(());
                })
                .unwrap();
            opener.switch(());
            assert_eq!(lane::current(), "hub");
            opener.switch(());
            assert!(opener.is_dead());
        });
        assert_eq!(lane::current(), "hub");
    });
    done.unwrap().join().unwrap();
}

#[test]
fn scopes_that_have_ended_are_forgotten() {
    // Kept, each would hang on the one before, and dropping the chain at the end of the
    // thread would overflow its stack.
    let many = || {
        for number in 0..30_000 {
            assert_eq!(scope(|group| group.current().switch(number)), number);
        }
    };
    std::thread::spawn(many).join().unwrap();
}

#[test]
fn scopes_that_overlap_on_foreign_stacks_do_no_harm() {
    use corosensei::{Coroutine, CoroutineResult, Yielder};

    let mut foreign = Coroutine::new(|way_out: &Yielder<(), ()>, ()| {
        scope(|group| {
            let main = group.current();
            let child = group.greenlet("child");
            child.run(move |number| main.switch(number + 1)).unwrap();
            assert_eq!(child.switch(1), 2);
            way_out.suspend(());
            assert_eq!(child.switch(3), 3);
        });
    });
    assert!(matches!(foreign.resume(()), CoroutineResult::Yield(())));
    // Opened while the first is open, and ends after it: they are not nested.
    scope(|group| {
        let child = group.greenlet("child of the second");
        child
            .run(move |()| assert_eq!(lane::current(), "child of the second"))
            .unwrap();
        child.switch(());
        assert!(matches!(foreign.resume(()), CoroutineResult::Return(())));
        group.current().switch(());
    });
}
