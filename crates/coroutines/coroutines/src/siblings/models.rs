//! The bookkeeping over a runtime of flags: random calls, and loom's schedules.

use super::*;

#[cfg(loom)]
use loom::sync::atomic::AtomicU32;
#[cfg(loom)]
use loom::sync::{Condvar, Mutex as Lock};
#[cfg(not(loom))]
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::SeqCst;
#[cfg(not(loom))]
use std::sync::{Condvar, Mutex as Lock};

/// A runtime that only counts how often each task was cancelled.
struct Flags;

#[derive(Default)]
struct Bell {
    rings: Lock<bool>,
    rung: Condvar,
}

impl Bell {
    fn new() -> Self {
        Self { rings: Lock::new(false), rung: Condvar::new() }
    }

    /// Waits until it has been rung since the last wait.
    #[cfg_attr(not(loom), expect(dead_code, reason = "the random calls never wait"))]
    fn wait(&self) {
        let mut rings = self.rings.lock().expect("no panic");
        while !*rings {
            rings = self.rung.wait(rings).expect("no panic");
        }
        *rings = false;
    }
}

impl Runtime for Flags {
    type Handle = Arc<AtomicU32>;
    type Waker = Bell;

    fn cancel(times: &Arc<AtomicU32>) {
        times.fetch_add(1, SeqCst);
    }

    fn wake(bell: &Bell) {
        *bell.rings.lock().expect("no panic") = true;
        bell.rung.notify_one();
    }
}

#[cfg(not(loom))]
mod random {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Copy, Debug)]
    enum Call {
        Enter,
        Started(usize),
        Leave(usize),
        Cancel,
        Close,
    }

    fn call() -> impl Strategy<Value = Call> {
        prop_oneof![
            5 => Just(Call::Enter),
            5 => (0..8_usize).prop_map(Call::Started),
            4 => (0..8_usize).prop_map(Call::Leave),
            1 => Just(Call::Cancel),
            1 => Just(Call::Close),
        ]
    }

    /// A task, as the model has it.
    struct Task {
        ticket: Ticket<Flags>,
        is_started: bool,
        times: Arc<AtomicU32>,
    }

    proptest! {
        /// Each task that is alive when all are cancelled, or that starts later, is
        /// cancelled once; no other is. None begins in a nursery that is not open, and
        /// a nursery with a task is not closed.
        #[test]
        fn each_task_is_cancelled_once(calls in prop::collection::vec(call(), 0..60)) {
            let siblings = Siblings::<Flags>::new(Bell::new());
            let (mut tasks, mut is_open, mut is_cancelled) = (Vec::new(), true, false);
            for call in calls {
                match call {
                    Call::Enter => {
                        let ticket = siblings.enter();
                        prop_assert_eq!(ticket.is_some(), is_open);
                        tasks.extend(ticket.map(|ticket| Task {
                            ticket,
                            is_started: false,
                            times: Arc::new(AtomicU32::new(0)),
                        }));
                    }
                    Call::Started(index) => {
                        if let Some(task) = tasks.get_mut(index)
                            && !task.is_started
                        {
                            task.is_started = true;
                            let times = Arc::clone(&task.times);
                            siblings.started(task.ticket.id(), times);
                        }
                    }
                    Call::Leave(index) if index < tasks.len() => {
                        drop(tasks.remove(index));
                    }
                    Call::Leave(_) => {}
                    Call::Cancel => {
                        siblings.cancel();
                        is_cancelled |= is_open || !tasks.is_empty();
                        is_open = false;
                    }
                    Call::Close => {
                        prop_assert_eq!(siblings.try_close(), tasks.is_empty());
                        is_open &= !tasks.is_empty();
                    }
                }
                for task in &tasks {
                    let expected = u32::from(is_cancelled && task.is_started);
                    prop_assert_eq!(task.times.load(SeqCst), expected);
                }
            }
        }
    }

    #[test]
    fn the_first_panic_is_kept() {
        let siblings = Siblings::<Flags>::new(Bell::new());
        siblings.panicked(Box::new(1));
        siblings.panicked(Box::new(2));
        let payload = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            siblings.go_on_with_panic();
        }));
        assert_eq!(payload.unwrap_err().downcast_ref(), Some(&1));
    }
}

/// `RUSTFLAGS="--cfg loom" cargo test --release --lib -p coroutines loom`
#[cfg(loom)]
mod loom_models {
    use loom::thread;

    use super::*;

    fn explore(model: impl Fn() + Sync + Send + 'static) {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(3);
        builder.check(model);
    }

    fn wait_for_all(siblings: &Siblings<Flags>) {
        while !siblings.try_close() {
            siblings.waker().wait();
        }
    }

    #[test]
    fn the_nursery_is_woken_when_the_last_task_ends() {
        explore(|| {
            let siblings = Siblings::<Flags>::new(Bell::new());
            for ticket in [siblings.enter(), siblings.enter()] {
                thread::spawn(move || drop(ticket));
            }
            wait_for_all(&siblings);
            assert!(siblings.enter().is_none());
        });
    }

    /// The runtime gives the handle of a task when it may run already.
    #[test]
    fn a_task_that_starts_while_all_are_cancelled_is_cancelled_once() {
        explore(|| {
            let siblings = Siblings::<Flags>::new(Bell::new());
            let times = Arc::new(AtomicU32::new(0));
            let canceller = Arc::clone(&siblings);
            let canceller = thread::spawn(move || canceller.cancel());
            let ticket = siblings.enter();
            if let Some(ticket) = &ticket {
                siblings.started(ticket.id(), Arc::clone(&times));
            }
            canceller.join().expect("no panic");
            assert_eq!(times.load(SeqCst), u32::from(ticket.is_some()));
        });
    }

    /// A task spawns a sibling, and ends before it does or after.
    #[test]
    fn the_end_comes_after_all_tasks() {
        explore(|| {
            let siblings = Siblings::<Flags>::new(Bell::new());
            let alive = Arc::new(AtomicU32::new(1));
            let (first, family) = (siblings.enter(), Arc::clone(&siblings));
            let count = Arc::clone(&alive);
            thread::spawn(move || {
                let second = family.enter();
                assert!(second.is_some(), "its sibling is alive");
                count.fetch_add(1, SeqCst);
                let of_second = Arc::clone(&count);
                thread::spawn(move || {
                    of_second.fetch_sub(1, SeqCst);
                    drop(second);
                });
                count.fetch_sub(1, SeqCst);
                drop(first);
            });
            wait_for_all(&siblings);
            assert_eq!(alive.load(SeqCst), 0);
        });
    }
}
