//! A nursery of tokio's tasks, which have no stacks.
//!
//! A task is a future, and waits at each `.await` that is not ready. The block runs
//! within the caller's task, so it may borrow; the tasks may not, because the caller's
//! future can be dropped at any `.await`, and the tasks would outlive what they borrow.
//!
//! ```
//! use coroutines::on_tokio;
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let lengths = on_tokio::nursery(async |nursery| {
//!     let tasks = ["foo", "bar"].map(|word| {
//!         nursery.spawn(word, async move { Ok::<_, std::io::Error>(word.len()) })
//!     });
//!     let [foo, bar] = tasks;
//!     Ok([foo.join().await, bar.join().await])
//! })
//! .await?;
//! assert_eq!(lengths, [Some(3), Some(3)]);
//! # Ok::<(), coroutines::Failed<std::io::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Cancellation
//! A cancelled task is dropped where it waits, or else where it waits next: the
//! destructors of its variables run, and no other code. They cannot wait, as a
//! destructor has no `.await`. A task that does not wait runs to its end, and so does
//! the function of [`tokio::task::spawn_blocking`].
//!
//! If the caller of a nursery is cancelled, so are the tasks of the nursery. They end
//! when the runtime turns to them next, and a nursery around the caller waits for them
//! as well. Only if there is none can a task end later than the future of its nursery,
//! which then was dropped: a destructor cannot wait.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use tokio::sync::{Notify, oneshot};
use tokio::task::AbortHandle;

use crate::error::{Failed, Failures, THE_BLOCK};
use crate::siblings::{Runtime, Siblings, Ticket};

/// Runs a block that spawns tasks, and returns its value when all of them have ended.
///
/// The first error, of the block or of a task, cancels all others.
///
/// # Errors
/// [`Failed`] if the block or a task returned an error.
///
/// # Panics
/// With the payload of the first panic of the block or of a task, when all tasks have
/// ended. The panic of a destructor that a cancellation runs is only printed.
pub async fn nursery<T, E, B>(
    block: impl FnOnce(Nursery<E>) -> B,
) -> Result<T, Failed<E>>
where
    E: Send + 'static,
    B: Future<Output = Result<T, E>>,
{
    shared::lane::name_coroutines_by(running);
    let nursery = Nursery {
        siblings: Siblings::new(Notify::new()),
        failures: Arc::new(Failures::new()),
        outer: CURRENT.try_with(|current| Arc::clone(&current.alive)).ok(),
    };
    let end = CancelAtEnd(&nursery.siblings);
    let value = nursery.run(block).await;
    while !nursery.siblings.try_close() {
        nursery.siblings.waker().notified().await;
    }
    drop(end);
    nursery.siblings.go_on_with_panic();
    nursery.failures.outcome()?;
    Ok(value.expect("a block is stopped only by a failure, and there was none"))
}

/// Where the tasks of a block are spawned. A clone spawns into the same nursery, so a
/// task may have one.
pub struct Nursery<E> {
    siblings: Arc<Siblings<Tokio>>,
    failures: Arc<Failures<E>>,
    /// The task in whose block this nursery was opened: it lives as long as those here.
    outer: Option<Alive>,
}

impl<E> Clone for Nursery<E> {
    fn clone(&self) -> Self {
        Self {
            siblings: Arc::clone(&self.siblings),
            failures: Arc::clone(&self.failures),
            outer: self.outer.clone(),
        }
    }
}

impl<E: Send + 'static> Nursery<E> {
    /// Spawns a task with a name. Its error is that of the nursery, and cancels all.
    ///
    /// If the nursery has been cancelled, or has ended, the task does not begin.
    ///
    /// # Panics
    /// Outside a runtime of tokio.
    ///
    /// A task cannot borrow:
    ///
    /// ```compile_fail,E0597
    /// # use coroutines::on_tokio;
    /// # async fn f() {
    /// let word = String::from("foo");
    /// let letters = &word;
    /// on_tokio::nursery(async |nursery| {
    ///     nursery.spawn("foo", async { Ok::<_, std::io::Error>(letters.len()) });
    ///     Ok(())
    /// })
    /// .await;
    /// # }
    /// ```
    pub fn spawn<F, T>(&self, name: &str, task: F) -> Task<T>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
    {
        let (ending, value) = oneshot::channel();
        let Some(ticket) = self.siblings.enter() else {
            return Task { handle: None, value };
        };
        let id = ticket.id();
        let current = Current {
            name: Arc::from(name),
            alive: Arc::new(Life { _ticket: ticket, _outer: self.outer.clone() }),
        };
        let (name, nursery) = (Arc::clone(&current.name), self.clone());
        let work = CURRENT.scope(current, async move {
            match no_panic(task).await {
                // The value is dropped if nothing waits for it any more.
                Ok(Ok(value)) => drop(ending.send(value)),
                Ok(Err(error)) => nursery.fail(&name, error),
                Err(payload) => nursery.siblings.panicked(payload),
            }
        });
        let handle = tokio::spawn(work).abort_handle();
        self.siblings.started(id, handle.clone());
        Task { handle: Some(handle), value }
    }

    /// Runs the block until it ends or is cancelled, and gives its value.
    async fn run<T, B>(&self, block: impl FnOnce(Self) -> B) -> Option<T>
    where
        B: Future<Output = Result<T, E>>,
    {
        let mut block = pin!(no_panic(block(self.clone())));
        let ended = loop {
            tokio::select! {
                biased;
                () = self.siblings.waker().notified() => {
                    if self.siblings.is_cancelled() {
                        return None;
                    }
                }
                ended = &mut block => break ended,
            }
        };
        match ended {
            Ok(Ok(value)) => return Some(value),
            Ok(Err(error)) => self.fail(THE_BLOCK, error),
            Err(payload) => self.siblings.panicked(payload),
        }
        None
    }

    fn fail(&self, name: &str, error: E) {
        self.failures.push(name, error);
        self.siblings.cancel();
    }
}

/// A task that was spawned. Dropping this detaches nothing: the nursery still waits for
/// the task.
#[derive(Debug)]
pub struct Task<T> {
    handle: Option<AbortHandle>,
    value: oneshot::Receiver<T>,
}

impl<T> Task<T> {
    /// Waits until the task has ended, and gives its value; `None` if it failed or was
    /// cancelled.
    pub async fn join(self) -> Option<T> {
        self.value.await.ok()
    }

    /// Cancels the task. It ends at its next `.await`, or has ended already.
    pub fn cancel(&self) {
        if let Some(handle) = &self.handle {
            handle.abort();
        }
    }
}

/// The runtime, as the bookkeeping sees it.
pub(crate) struct Tokio;

impl Runtime for Tokio {
    type Handle = AbortHandle;
    type Waker = Notify;

    fn cancel(handle: &AbortHandle) {
        handle.abort();
    }

    fn wake(notify: &Notify) {
        notify.notify_one();
    }
}

tokio::task_local! {
    /// The task of a nursery that runs here.
    static CURRENT: Current;
}

struct Current {
    name: Arc<str>,
    alive: Alive,
}

/// A task is alive as long as it runs, and as long as a task does that was spawned
/// within it.
type Alive = Arc<Life>;

struct Life {
    _ticket: Ticket<Tokio>,
    _outer: Option<Alive>,
}

/// Cancels the tasks of a nursery whose future is dropped.
struct CancelAtEnd<'a>(&'a Siblings<Tokio>);

impl Drop for CancelAtEnd<'_> {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// The output of a future, or the payload of its panic.
async fn no_panic<F: Future>(future: F) -> Result<F::Output, Box<dyn Any + Send>> {
    let mut future = pin!(future);
    poll_fn(|context| {
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(poll) => poll.map(Ok),
            Err(payload) => Poll::Ready(Err(payload)),
        }
    })
    .await
}

/// The name of the running task.
fn running() -> Option<String> {
    CURRENT.try_with(|current| current.name.to_string()).ok()
}
