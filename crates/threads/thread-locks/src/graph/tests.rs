//! Tests of the graph, beside simpler ways to find the same.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::Location;

use proptest::prelude::*;

use super::*;

const LOCKS: usize = 5;

fn graph() -> Graph {
    let mut graph = Graph::default();
    for lock in 0..LOCKS {
        graph.add(LockId(lock), lock.to_string().into());
    }
    graph
}

fn at(lock: usize) -> Held {
    Held { lock: LockId(lock), place: Location::caller() }
}

/// Whether each order begins with the lock that the one before it ends with.
fn closes(cycle: &[Order]) -> bool {
    let next = cycle.iter().cycle().skip(1);
    cycle.iter().zip(next).all(|(one, next)| one.then.lock == next.first.lock)
}

/// Whether there is a way, by trying all there are.
fn leads(edges: &BTreeSet<(usize, usize)>, from: usize, to: usize) -> bool {
    let mut reached = BTreeSet::from([from]);
    for _ in 0..LOCKS {
        let more = edges.iter().filter(|(one, _)| reached.contains(one));
        let more: Vec<_> = more.map(|(_, other)| *other).collect();
        reached.extend(more);
    }
    reached.contains(&to)
}

/// What a thread of the model does next.
#[derive(Debug, Clone, Copy)]
enum Call {
    Ask(usize, usize),
    Release(usize),
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        3 => (0..4_usize, 0..LOCKS).prop_map(|(thread, lock)| Call::Ask(thread, lock)),
        1 => (0..4_usize).prop_map(Call::Release),
    ]
}

proptest! {
    /// An inversion is reported exactly when an order is new and closes a circle.
    #[test]
    fn a_new_order_that_closes_a_circle_is_an_inversion(
        orders in prop::collection::vec((0..LOCKS, 0..LOCKS), 0..30)
    ) {
        let (mut graph, mut edges) = (graph(), BTreeSet::new());
        for (first, then) in orders {
            let before = graph.inversions().len();
            graph.order("x", &[at(first)], at(then));
            let is_new = first != then && !edges.contains(&(first, then));
            let inverts = is_new && leads(&edges, then, first);
            prop_assert_eq!(graph.inversions().len() - before, usize::from(inverts));
            if let (true, Some(last)) = (inverts, graph.inversions().last()) {
                prop_assert!(closes(&last.cycle));
            }
            if is_new {
                edges.insert((first, then));
            }
        }
    }

    /// Four threads ask for locks and release them. A wait is refused exactly when the
    /// threads that wait lead from its lock back to its own thread.
    #[test]
    fn a_wait_that_closes_a_circle_is_refused(
        calls in prop::collection::vec(call(), 0..60)
    ) {
        let mut graph = graph();
        let mut holder = BTreeMap::<usize, usize>::new();
        let mut held = vec![Vec::<Held>::new(); 4];
        let mut waits = BTreeMap::<usize, (usize, WaitId)>::new();
        for call in calls {
            match call {
                Call::Ask(thread, _) if waits.contains_key(&thread) => (),
                Call::Ask(thread, lock) => {
                    let Some(&owner) = holder.get(&lock) else {
                        holder.insert(lock, thread);
                        held[thread].push(at(lock));
                        continue;
                    };
                    let mut last = owner;
                    while last != thread
                        && let Some((next, _)) = waits.get(&last)
                    {
                        last = holder[next];
                    }
                    let name = thread.to_string();
                    let mine = held[thread].clone();
                    let result = graph.circle(&name, &mine, at(lock));
                    prop_assert_eq!(result.is_err(), last == thread);
                    match result {
                        Ok(()) => {
                            let wait = graph.begin_wait(name, mine, at(lock));
                            waits.insert(thread, (lock, wait));
                        }
                        Err(error) => {
                            prop_assert_eq!(&error.cycle[0].thread, &name);
                            prop_assert!(closes(&error.cycle));
                        }
                    }
                }
                Call::Release(thread) => {
                    if waits.contains_key(&thread) {
                        continue;
                    }
                    let Some(released) = held[thread].pop() else { continue };
                    let LockId(lock) = released.lock;
                    holder.remove(&lock);
                    // The first thread that waits for it gets it.
                    let next = waits.iter().find(|(_, (wanted, _))| *wanted == lock);
                    if let Some((&next, &(_, wait))) = next {
                        waits.remove(&next);
                        graph.end_wait(wait);
                        holder.insert(lock, next);
                        held[next].push(at(lock));
                    }
                }
            }
        }
    }
}

#[test]
fn the_shortest_circle_is_reported() {
    let mut graph = graph();
    for (first, then) in [(0, 1), (1, 2), (2, 3), (0, 3)] {
        graph.order("x", &[at(first)], at(then));
    }
    graph.order("x", &[at(3)], at(0));
    let cycle: Vec<_> = graph.inversions()[0].cycle.iter().collect();
    assert_eq!(cycle.len(), 2);
    assert_eq!((&*cycle[1].first.lock, &*cycle[1].then.lock), ("0", "3"));
}

#[test]
fn a_lock_that_has_been_dropped_closes_no_circle() {
    let mut graph = graph();
    graph.order("x", &[at(0)], at(1));
    graph.order("x", &[at(1)], at(2));
    graph.remove(LockId(1));
    graph.order("x", &[at(2)], at(0));
    assert_eq!(graph.inversions(), []);
}

#[test]
fn every_lock_that_is_held_counts() {
    let mut graph = graph();
    graph.order("x", &[at(0), at(1)], at(2));
    graph.order("y", &[at(2)], at(0));
    assert_eq!(graph.inversions().len(), 1);
}
