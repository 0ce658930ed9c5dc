//! Fork and join: values, borrows, panics, thieves, closed pools; trees of any shape
//! beside the same computed by one thread.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use proptest::prelude::*;
use thread_pool::ThreadPool;

fn panics(message: &str) -> ! {
    resume_unwind(Box::new(message.to_owned()))
}

fn message<R>(join: impl FnOnce() -> R) -> String {
    let panic = catch_unwind(AssertUnwindSafe(join)).err().unwrap();
    panic.downcast_ref::<String>().unwrap().clone()
}

#[test]
fn both_values_come_back_and_both_may_borrow() {
    let pool = ThreadPool::new(2).unwrap();
    let (mut left, mut right) = (vec![1], vec![2]);
    let lengths = pool.join(
        || {
            left.push(3);
            left.len()
        },
        || {
            right.extend([4, 5]);
            right.len()
        },
    );
    assert_eq!((lengths, left, right), ((2, 3), vec![1, 3], vec![2, 4, 5]));
}

/// Many a time, so that the thief comes at all moments.
#[test]
fn halves_that_wait_for_each_other_run_in_two_threads() {
    let pool = ThreadPool::new(2).unwrap();
    for _ in 0..2_000 {
        let both = Barrier::new(2);
        pool.join(|| both.wait(), || both.wait());
    }
    assert!(pool.stolen() >= 2_000);
}

#[test]
fn a_pool_of_one_joins_by_itself() {
    let pool = ThreadPool::new(1).unwrap();
    assert_eq!(fibonacci(&pool, 15), 610);
    assert_eq!(pool.stolen(), 0);
}

fn fibonacci(pool: &ThreadPool, n: u32) -> u32 {
    if n < 2 {
        return n;
    }
    let (a, b) = pool.join(|| fibonacci(pool, n - 1), || fibonacci(pool, n - 2));
    a + b
}

#[test]
fn three_threads_compute_what_one_does() {
    let pool = ThreadPool::new(3).unwrap();
    for _ in 0..20 {
        assert_eq!(fibonacci(&pool, 18), 2_584);
    }
}

#[test]
fn the_first_panic_is_the_one_that_goes_on() {
    let pool = ThreadPool::new(2).unwrap();
    for _ in 0..200 {
        let second = AtomicUsize::new(0);
        let count = || second.fetch_add(1, SeqCst);
        assert_eq!(message(|| pool.join(|| panics("a"), count)), "a");
        assert_eq!(message(|| pool.join(count, || panics("b"))), "b");
        assert_eq!(message(|| pool.join(|| panics("a"), || panics("b"))), "a");
        assert!((1..=2).contains(&second.load(SeqCst)));
    }
}

/// The thief is at work in the frame of a function that is about to unwind.
#[test]
fn a_panic_waits_for_the_half_that_was_stolen() {
    let pool = ThreadPool::new(2).unwrap();
    for _ in 0..200 {
        let (both, mut written) = (Barrier::new(2), 0);
        let panic = message(|| {
            pool.join(
                || {
                    both.wait();
                    panics("a")
                },
                || {
                    both.wait();
                    std::thread::yield_now();
                    written = 7;
                },
            )
        });
        assert_eq!((panic.as_str(), written), ("a", 7));
    }
}

struct Grenade;

impl Drop for Grenade {
    fn drop(&mut self) {
        panics("of the payload");
    }
}

#[test]
fn a_second_payload_that_panics_as_it_is_dropped_does_no_harm() {
    let pool = ThreadPool::new(2).unwrap();
    let both = Barrier::new(2);
    let panic = message(|| {
        pool.join(
            || {
                both.wait();
                panics("a")
            },
            || {
                both.wait();
                resume_unwind(Box::new(Grenade))
            },
        )
    });
    assert_eq!(panic, "a");
}

#[test]
fn a_closed_pool_lets_the_caller_do_both() {
    let pool = ThreadPool::new(2).unwrap();
    pool.close();
    let here = std::thread::current().id();
    let id = || std::thread::current().id();
    assert_eq!(pool.join(id, id), (here, here));
}

/// The join has been queued, and then the pool is terminated: its caller does it.
#[test]
fn terminate_hands_a_queued_join_back() {
    let pool = Arc::new(ThreadPool::new(1).unwrap());
    let (begun, go_on) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let (begins, goes_on) = (Arc::clone(&begun), Arc::clone(&go_on));
    pool.run(move || (begins.wait(), goes_on.wait()), |_| ()).unwrap();
    begun.wait();
    let caller = {
        let pool = Arc::clone(&pool);
        std::thread::spawn(move || {
            let here = std::thread::current().id();
            let id = || std::thread::current().id();
            pool.join(id, id) == (here, here)
        })
    };
    while pool.queued() == 0 {
        std::thread::yield_now();
    }
    assert_eq!(pool.terminate(), 0);
    assert!(caller.join().unwrap());
    go_on.wait();
}

#[test]
fn a_task_joins_in_another_pool() {
    let (inner, outer) =
        (Arc::new(ThreadPool::new(2).unwrap()), ThreadPool::new(1).unwrap());
    let pool = Arc::clone(&inner);
    let task = outer.spawn(move || fibonacci(&pool, 12)).unwrap();
    assert_eq!(task.join().unwrap(), 144);
}

/// Tasks that a half runs while it waits must not confuse the joins further out.
#[test]
fn a_half_may_wait_for_tasks() {
    let pool = Arc::new(ThreadPool::new(2).unwrap());
    let numbers: Vec<u64> = (0..64).collect();
    for _ in 0..50 {
        assert_eq!(sum_by_tasks(&pool, &numbers), 64 * 63 / 2);
    }
}

fn sum_by_tasks(pool: &Arc<ThreadPool>, numbers: &[u64]) -> u64 {
    if let [number] = *numbers {
        return pool.spawn(move || number).unwrap().join().unwrap();
    }
    let (left, right) = numbers.split_at(numbers.len() / 2);
    let (left, right) =
        pool.join(|| sum_by_tasks(pool, left), || sum_by_tasks(pool, right));
    left + right
}

/// A computation: a number, a panic, two at a time, or a task that is waited for.
#[derive(Clone, Debug)]
enum Tree {
    Leaf(u32),
    Panics,
    Join(Box<Tree>, Box<Tree>),
    Task(Box<Tree>),
}

impl Tree {
    /// The sum of the leaves, or nothing if it panics.
    fn expected(&self) -> Option<u32> {
        match self {
            Self::Leaf(number) => Some(*number),
            Self::Panics => None,
            Self::Join(left, right) => Some(left.expected()? + right.expected()?),
            Self::Task(inner) => inner.expected(),
        }
    }

    fn run(&self, pool: &Arc<ThreadPool>) -> u32 {
        match self {
            Self::Leaf(number) => *number,
            Self::Panics => panics("leaf"),
            Self::Join(left, right) => {
                let (left, right) = pool.join(|| left.run(pool), || right.run(pool));
                left + right
            }
            Self::Task(inner) => {
                let (inner, again) = (inner.clone(), Arc::clone(pool));
                let task = pool.spawn(move || inner.run(&again)).unwrap();
                task.join().unwrap_or_else(|_| panics("task"))
            }
        }
    }
}

fn trees() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        8 => (0_u32..100).prop_map(Tree::Leaf),
        1 => Just(Tree::Panics),
    ];
    leaf.prop_recursive(6, 64, 2, |inner| {
        let pair = (inner.clone(), inner.clone());
        prop_oneof![
            3 => pair.prop_map(|(l, r)| Tree::Join(l.into(), r.into())),
            1 => inner.prop_map(|it| Tree::Task(it.into())),
        ]
    })
}

proptest! {
    #[test]
    fn a_tree_of_any_shape_gives_what_one_thread_gives(
        threads in 1_usize..4,
        tree in trees(),
    ) {
        let pool = Arc::new(ThreadPool::new(threads).unwrap());
        let result = catch_unwind(AssertUnwindSafe(|| tree.run(&pool))).ok();
        prop_assert_eq!(result, tree.expected());
        // The pool has survived it.
        prop_assert_eq!(pool.join(|| 1, || 2), (1, 2));
    }
}
