//! Tasks of tokio: each has its own within a scope, and none without.

#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use thread_local::{Local, SetError, copy_context};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::{Barrier, oneshot};
use tokio::task::{self, LocalSet, yield_now};

static LOCAL: Local<usize> = Local::new();
static OTHER: Local<usize> = Local::new();

fn on_two_threads() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).build().unwrap()
}

fn on_one_thread() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

#[test]
fn each_task_has_its_own_on_every_thread() {
    static LOCAL: Local<usize> = Local::new();
    on_two_threads().block_on(async {
        let all = Arc::new(Barrier::new(500));
        let tasks: Vec<_> = (0..500)
            .map(|number| {
                let all = Arc::clone(&all);
                tokio::spawn(LOCAL.scope(number, async move {
                    for turn in 0..20 {
                        yield_now().await;
                        assert_eq!(LOCAL.get(), Some(number + turn));
                        LOCAL.set(number + turn + 1).unwrap();
                    }
                    all.wait().await;
                    assert_eq!(LOCAL.flows(), 500);
                    all.wait().await;
                }))
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(LOCAL.flows(), 0);
}

#[test]
fn a_task_without_a_scope_has_no_values() {
    let set = || (LOCAL.set(1), LOCAL.get(), LOCAL.remove());
    let refused = (Err(SetError::NoScope(1)), None, false);
    for runtime in [on_one_thread(), on_two_threads()] {
        let task = runtime.block_on(async { tokio::spawn(async move { set() }).await });
        assert_eq!(task.unwrap(), refused);
        let blocking = runtime.block_on(task_of_a_blocking_thread(set)).unwrap();
        assert_eq!(blocking, refused);
    }
}

async fn task_of_a_blocking_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, task::JoinError> {
    task::spawn_blocking(work).await
}

#[test]
fn a_blocking_task_has_values_in_a_context() {
    let set = || LOCAL.set(1).map(|()| LOCAL.get());
    let context = copy_context();
    let work = move || context.run(set);
    let seen = on_one_thread().block_on(task_of_a_blocking_thread(work)).unwrap();
    assert_eq!(seen, Ok(Some(1)));
}

#[test]
fn futures_of_one_task_have_their_own() {
    on_one_thread().block_on(async {
        let lane = |number| {
            LOCAL.scope(number, async move {
                for _ in 0..5 {
                    yield_now().await;
                    assert_eq!(LOCAL.get(), Some(number));
                }
            })
        };
        tokio::join!(lane(1), lane(2), lane(3));
        assert_eq!(LOCAL.get(), None);
    });
}

#[test]
fn an_inner_scope_sees_the_values_of_the_outer_one() {
    let inner = async {
        assert_eq!((LOCAL.get(), OTHER.get()), (Some(1), Some(3)));
        LOCAL.set(10).unwrap();
        OTHER.set(30).unwrap();
        yield_now().await;
        assert_eq!((LOCAL.get(), OTHER.get()), (Some(10), Some(30)));
    };
    let outer = async {
        OTHER.scope(3, inner).await;
        // Each was set where it had its value.
        assert_eq!((LOCAL.get(), OTHER.get()), (Some(10), Some(2)));
        assert!(LOCAL.remove());
        LOCAL.get()
    };
    let task = LOCAL.scope(1, OTHER.scope(2, outer));
    let left = on_two_threads().block_on(async { tokio::spawn(task).await });
    assert_eq!(left.unwrap(), None);
}

#[test]
fn the_values_of_the_thread_are_not_seen_in_a_scope() {
    LOCAL.set(1).unwrap();
    OTHER.set(2).unwrap();
    on_one_thread().block_on(async {
        // What block_on runs is no task: it stays on its thread, and has its values.
        assert_eq!(LOCAL.get(), Some(1));
        let seen = LOCAL.scope(3, async { (LOCAL.get(), OTHER.get()) }).await;
        assert_eq!(seen, (Some(3), None));
    });
    assert_eq!((LOCAL.get(), OTHER.get()), (Some(1), Some(2)));
}

#[test]
fn a_task_polled_within_a_scope_of_another_is_not_in_it() {
    on_one_thread().block_on(LOCAL.scope(1, async {
        let set = LocalSet::new();
        let spawned = set.run_until(async {
            let plain = task::spawn_local(async { (LOCAL.get(), LOCAL.set(9)) });
            let scoped = task::spawn_local(LOCAL.scope(2, async {
                yield_now().await;
                LOCAL.get()
            }));
            (plain.await.unwrap(), scoped.await.unwrap())
        });
        let refused = (None, Err(SetError::NoScope(9)));
        assert_eq!(spawned.await, (refused, Some(2)));
        assert_eq!(LOCAL.get(), Some(1));
    }));
}

#[test]
fn a_task_that_blocks_in_place_keeps_its_values() {
    let nested = || Handle::current().block_on(async { LOCAL.get() });
    let task = LOCAL.scope(1, async move { task::block_in_place(nested) });
    let seen = on_two_threads().block_on(async { tokio::spawn(task).await });
    assert_eq!(seen.unwrap(), Some(1));
}

/// Looks up the value when it is dropped.
struct Looks(oneshot::Sender<Option<usize>>);

impl Looks {
    fn at_end(self) {
        let _ = self.0.send(LOCAL.get());
    }
}

#[test]
fn a_future_that_is_dropped_sees_its_value_until_its_end() {
    struct AtDrop(Option<Looks>);
    impl Drop for AtDrop {
        fn drop(&mut self) {
            self.0.take().unwrap().at_end();
        }
    }
    let (sender, seen) = oneshot::channel();
    let looks = AtDrop(Some(Looks(sender)));
    let runtime = on_two_threads();
    let seen = runtime.block_on(async {
        let (begun, has_begun) = oneshot::channel();
        let task = tokio::spawn(LOCAL.scope(5, async move {
            let _looks = looks;
            begun.send(()).unwrap();
            std::future::pending::<()>().await;
        }));
        has_begun.await.unwrap();
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        seen.await
    });
    assert_eq!(seen.unwrap(), Some(5));
}

#[test]
fn a_poll_that_panics_leaves_its_scope() {
    LOCAL.set(1).unwrap();
    let runtime = on_one_thread();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(LOCAL.scope(2, async {
            std::panic::resume_unwind(Box::new("on purpose"));
        }));
    }));
    assert!(panicked.is_err());
    assert_eq!(LOCAL.get(), Some(1));
}

#[test]
fn a_scope_that_is_never_polled_drops_its_value() {
    static LOCAL: Local<usize> = Local::new();
    let scoped = LOCAL.scope(1, async {});
    assert_eq!(LOCAL.flows(), 1);
    drop(scoped);
    assert_eq!((LOCAL.flows(), LOCAL.get()), (0, None));
}

#[test]
fn a_context_is_for_one_task() {
    static TRACE: Local<usize> = Local::inherited();
    TRACE.set(1).unwrap();
    LOCAL.set(1).unwrap();
    on_two_threads().block_on(async {
        let tasks: Vec<_> = (0..10)
            .map(|number| {
                tokio::spawn(copy_context().scope(async move {
                    assert_eq!((TRACE.get(), LOCAL.get()), (Some(1), None));
                    TRACE.set(number).unwrap();
                    LOCAL.set(number).unwrap();
                    yield_now().await;
                    // And on to the tasks that this one starts.
                    let further = copy_context().scope(async { TRACE.get() });
                    let further = tokio::spawn(further).await.unwrap();
                    assert_eq!(further, Some(number));
                    assert_eq!((TRACE.get(), LOCAL.get()), (further, further));
                }))
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(TRACE.get(), Some(1));
}
