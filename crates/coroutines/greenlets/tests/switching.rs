//! The order of the greenlets and their values: the invariants of python-greenlet's
//! tests.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use greenlets::{Error, Greenlet, Group, scope};

#[test]
fn steps_alternate_in_an_exact_order() {
    let order = RefCell::new(Vec::new());
    scope(|group| {
        let main = group.current();
        let child = group.greenlet("child");
        let order = &order;
        child
            .run(move |()| {
                order.borrow_mut().push(1);
                main.switch(());
                order.borrow_mut().push(3);
            })
            .unwrap();
        order.borrow_mut().push(0);
        child.switch(());
        order.borrow_mut().push(2);
        child.switch(());
        order.borrow_mut().push(4);
        assert!(child.is_dead());
    });
    assert_eq!(order.take(), [0, 1, 2, 3, 4]);
}

#[test]
fn values_travel_both_ways_whole() {
    let got = scope(|group| {
        let main = group.current();
        let child = group.greenlet("child");
        child
            .run(move |mut words: Vec<String>| {
                words.push("from the child".to_owned());
                let mut words = main.switch(words);
                words.push("returned".to_owned());
                words
            })
            .unwrap();
        let mut words = child.switch(vec!["to the child".to_owned()]);
        words.push("back again".to_owned());
        child.switch(words)
    });
    assert_eq!(got, ["to the child", "from the child", "back again", "returned"]);
}

/// Goes down so many calls, and gives a number to `to` in each.
fn descend(to: Greenlet<'_, u32>, depth: u32) {
    if depth > 0 {
        to.switch(depth);
        descend(to, depth - 1);
        to.switch(10 * depth);
    }
}

#[test]
fn a_generator_yields_from_deeper_calls() {
    let yielded = scope(|group| {
        let main = group.current();
        let generator = group.greenlet("generator");
        generator
            .run(move |_| {
                descend(main, 3);
                0
            })
            .unwrap();
        std::iter::repeat_with(|| generator.switch(0))
            .take_while(|&number| number > 0)
            .collect::<Vec<_>>()
    });
    assert_eq!(yielded, [3, 2, 1, 10, 20, 30]);
}

#[test]
fn generators_nest() {
    let pairs = scope(|group| {
        let main = group.current();
        let outer = group.greenlet("outer");
        outer
            .run(move |_| {
                for tens in 1..=2 {
                    let this = group.current();
                    let inner = group.greenlet("inner");
                    inner
                        .run(move |_| {
                            this.switch(1);
                            this.switch(2)
                        })
                        .unwrap();
                    assert_eq!(inner.parent(), Some(this));
                    for _ in 0..2 {
                        main.switch(10 * tens + inner.switch(0));
                    }
                }
                0
            })
            .unwrap();
        (0..5).map(|_| outer.switch(0)).collect::<Vec<_>>()
    });
    assert_eq!(pairs, [11, 12, 21, 22, 0]);
}

#[test]
fn the_trace_of_switches_is_this_list() {
    let trace = RefCell::new(Vec::new());
    scope(|group| {
        let trace = &trace;
        let (first, second, third) = (
            group.greenlet("first"),
            group.greenlet("second"),
            group.greenlet("third"),
        );
        let go = move |to: Greenlet<'_, ()>| {
            let from = group.current();
            trace.borrow_mut().push((from.name().to_owned(), to.name().to_owned()));
            assert!(!to.is_dead());
        };
        first
            .run(move |()| {
                go(second);
                second.switch(());
                go(third);
                third.switch(());
            })
            .unwrap();
        second
            .run(move |()| {
                go(third);
                third.switch(());
            })
            .unwrap();
        third
            .run(move |()| {
                go(first);
                first.switch(());
                go(second);
                second.switch(());
            })
            .unwrap();
        go(first);
        first.switch(());
        assert_eq!([first, second, third].map(Greenlet::is_dead), [false, true, false]);
        assert_eq!(group.current().name(), "main");
    });
    let pairs = [
        ("main", "first"),
        ("first", "second"),
        ("second", "third"),
        ("third", "first"),
        ("first", "third"),
        ("third", "second"),
    ];
    assert_eq!(trace.take(), pairs.map(|(from, to)| (from.to_owned(), to.to_owned())));
}

#[test]
fn a_switch_to_oneself_gives_the_value_back() {
    scope(|group| {
        assert_eq!(group.current().switch(1), 1);
        let child = group.greenlet("child");
        child
            .run(move |value| child.switch(value + 1) + group.current().switch(10))
            .unwrap();
        assert_eq!(child.switch(2), 13);
    });
}

#[test]
fn a_dead_one_is_stood_for_by_its_nearest_living_ancestor() {
    scope(|group| {
        let (main, elder) = (group.current(), group.greenlet("elder"));
        elder
            .run(move |value| {
                let young = group.greenlet("young");
                young.run(|value| value + 1).unwrap();
                assert_eq!(young.switch(value), value + 1, "it returned to the elder");
                assert_eq!(young.switch(7), 7, "the switch goes to its parent");
                let orphan = group.greenlet("orphan");
                orphan.run(move |value| main.switch(value) + young.switch(0)).unwrap();
                orphan.switch(100);
                unreachable!("it is killed while it waits for the orphan");
            })
            .unwrap();
        assert_eq!(elder.switch(5), 100);
        elder.kill().unwrap();
        assert_eq!(elder.switch(8), 8);
    });
}

#[test]
fn what_an_orphan_returns_goes_to_its_grandparent() {
    scope(|group| {
        let main = group.current();
        let (elder, made) =
            (group.greenlet("elder"), std::rc::Rc::new(std::cell::OnceCell::new()));
        let orphan = std::rc::Rc::clone(&made);
        elder
            .run(move |value| {
                let child = group.greenlet("orphan");
                child.run(move |value| main.switch(value + 1) + 1).unwrap();
                made.set(child).unwrap();
                child.switch(value)
            })
            .unwrap();
        assert_eq!(elder.switch(1), 2);
        assert_eq!(elder.switch(10), 10, "the elder returns what it is given");
        let orphan = orphan.get().unwrap();
        assert!(elder.is_dead() && orphan.parent() == Some(elder));
        assert_eq!(orphan.switch(20), 21);
        assert!(orphan.is_dead());
    });
}

#[test]
fn a_panic_goes_to_the_parent_with_its_payload() {
    scope(|group| {
        let (elder, young) = (group.greenlet("elder"), group.greenlet("young"));
        elder
            .run(move |()| {
                let child = group.greenlet("child");
                child.run(|()| resume_unwind(Box::new("apple"))).unwrap();
                let caught = catch_unwind(AssertUnwindSafe(|| child.switch(())));
                assert_eq!(caught.unwrap_err().downcast_ref(), Some(&"apple"));
                assert!(child.is_dead() && !std::thread::panicking());
                young.switch(());
            })
            .unwrap();
        // Made by the main code, so its panic goes there, not to the last switch.
        young.run(|()| resume_unwind(Box::new("pear"))).unwrap();
        let caught = catch_unwind(AssertUnwindSafe(|| elder.switch(())));
        assert_eq!(caught.unwrap_err().downcast_ref(), Some(&"pear"));
        assert!(young.is_dead() && !elder.is_dead());
        elder.switch(());
        assert!(elder.is_dead());
    });
}

#[test]
fn the_main_codes_panic_leaves_the_scope() {
    let caught =
        catch_unwind(|| scope(|_: &Group<'_, '_, ()>| resume_unwind(Box::new(7))));
    assert_eq!(caught.unwrap_err().downcast_ref(), Some(&7));
}

#[test]
fn a_switch_to_one_without_a_function_panics_and_names_it() {
    let caught = catch_unwind(|| scope(|group| group.greenlet("idle").switch(())));
    let message = caught.unwrap_err().downcast::<String>().unwrap();
    assert_eq!(*message, "cannot switch to greenlet idle: it has no function yet");
}

#[test]
fn a_function_is_given_once() {
    scope(|group| {
        let child = group.greenlet("child");
        child.run(|()| ()).unwrap();
        let message = "takes no function: it has one or is dead";
        let refused =
            |error: Error| assert!(error.to_string().ends_with(message), "{error}");
        refused(child.run(|()| ()).unwrap_err());
        child.switch(());
        refused(child.run(|()| ()).unwrap_err());
        refused(group.current().run(|()| ()).unwrap_err());
        let killed = group.greenlet("killed");
        killed.kill().unwrap();
        refused(killed.run(|()| ()).unwrap_err());
    });
}

#[test]
fn a_function_may_hold_more_than_a_stack_takes_at_once() {
    let large = [7_u8; 4096];
    let sum = scope(|group| {
        let child = group.greenlet("child");
        child
            .run(move |sum| {
                sum + large.iter().map(|&byte| u64::from(byte)).sum::<u64>()
            })
            .unwrap();
        child.switch(1)
    });
    assert_eq!(sum, 1 + 7 * 4096);
}

#[test]
fn to_the_outer_scope_an_inner_one_is_whoever_opened_it() {
    let log = RefCell::new(Vec::new());
    scope(|outer| {
        let (main, opener, other) =
            (outer.current(), outer.greenlet("opener"), outer.greenlet("other"));
        let log = &log;
        let tell = move |what| log.borrow_mut().push(what);
        opener
            .run(move |()| {
                scope(|inner| {
                    let deep = inner.greenlet("deep");
                    deep.run(move |number: u32| {
                        tell("deep goes to other");
                        other.switch(());
                        tell("deep is back");
                        number + 1
                    })
                    .unwrap();
                    assert_eq!(deep.switch(1), 2);
                });
                tell("the inner scope has ended");
            })
            .unwrap();
        other
            .run(move |()| {
                tell("other goes to main");
                main.switch(());
                unreachable!("no greenlet switches back");
            })
            .unwrap();
        opener.switch(());
        tell("main goes to opener");
        opener.switch(());
        assert!(opener.is_dead());
    });
    let expected = [
        "deep goes to other",
        "other goes to main",
        "main goes to opener",
        "deep is back",
        "the inner scope has ended",
    ];
    assert_eq!(log.take(), expected);
}

#[test]
fn an_inner_scope_of_the_main_code_goes_to_outer_greenlets_and_back() {
    scope(|outer| {
        let (main, other) = (outer.current(), outer.greenlet("other"));
        other.run(move |number| main.switch(number + 1) + 1).unwrap();
        scope(|inner| {
            let deep = inner.greenlet("deep");
            deep.run(move |number: u32| other.switch(number) * 10 + other.switch(5))
                .unwrap();
            assert_eq!(deep.switch(1), 26);
        });
        assert!(other.is_dead());
    });
}
