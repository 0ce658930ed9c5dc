//! A nursery of may's coroutines, which have stacks of their own.
//!
//! A task is a function that waits in may's own calls: [`may::coroutine::sleep`],
//! [`may::sync`], [`may::net`]. It may borrow from outside the nursery, as a thread of
//! [`std::thread::scope`] may: the caller's stack stays where it is until all tasks
//! have ended, because nothing in Rust can drop a stack.
//!
//! ```
//! use coroutines::on_may;
//!
//! let words = ["foo", "bar"];
//! let lengths = on_may::nursery(|nursery| {
//!     let tasks = words.each_ref().map(|word| {
//!         nursery.spawn(word, move || Ok::<_, std::io::Error>(word.len()))
//!     });
//!     Ok(tasks.map(|task| task.join()))
//! })?;
//! assert_eq!(lengths, [Some(3), Some(3)]);
//! # Ok::<(), coroutines::Failed<std::io::Error>>(())
//! ```
//!
//! # Order and threads
//! may has worker threads ([`may::config`]) and a thread for its timers, and a
//! coroutine moves between them: after a sleep it goes on in the thread of the timers.
//! So a task must not keep a reference to a thread local variable across a wait, nor
//! the guard of a lock of std. With one worker, tasks begin in the order in which they
//! were spawned. The block is a coroutine too, because may keeps this order only for
//! coroutines that one coroutine has spawned.
//!
//! # Cancellation
//! A cancelled task is unwound from the call in which it waits, or else from its next
//! one, as if that call had panicked. Destructors run, and no other code. A wait in
//! such a destructor returns at once. A task that does not wait runs to its end.
//!
//! If a destructor waits while its task *panics*, other tasks of the same thread find
//! [`std::thread::panicking`] true meanwhile, and may does not cancel them then.

mod node;

use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use may::coroutine;
use may::sync::{Blocker, SyncFlag};

use self::node::{May, Node};
use crate::error::{Failed, Failures, THE_BLOCK};
use crate::siblings::{Siblings, Ticket};

/// Runs a block that spawns tasks, and returns its value when all of them have ended.
///
/// The first error, of the block or of a task, cancels all others. The nursery may be
/// opened by a thread, or by a coroutine, also within another nursery.
///
/// # Errors
/// [`Failed`] if the block or a task returned an error.
///
/// # Panics
/// With the payload of the first panic of the block or of a task, when all tasks have
/// ended; and if there is no memory for the stack of a coroutine.
///
/// If the calling task is cancelled meanwhile, its tasks are, and then it is unwound. A
/// cancelled task that opens a nursery in a destructor ends the process.
///
/// A coroutine that has opened a nursery must not be cancelled by may's own
/// [`cancel`](may::coroutine::Coroutine::cancel), an unsafe function: it would keep its
/// thread busy until all tasks have ended.
pub fn nursery<'env, T, E, B>(block: B) -> Result<T, Failed<E>>
where
    B: for<'scope> FnOnce(Nursery<'scope, 'env, E>) -> Result<T, E> + Send,
    T: Send,
    E: Send,
{
    shared::lane::name_coroutines_by(running);
    let nursery = Nursery {
        siblings: Siblings::new(Blocker::new(true)),
        failures: Arc::new(Failures::new()),
        lifetimes: PhantomData,
    };
    let caller = Opened::by_caller(&nursery.siblings);
    let for_block = nursery.clone();
    let block = move || block(for_block);
    let block = nursery.start(&shared::lane::current(), THE_BLOCK, block);
    while !nursery.siblings.try_close() {
        // Its only error is that the coroutine was cancelled, which waits on here.
        if nursery.siblings.waker().park(None).is_err() {
            nursery.siblings.cancel();
            std::thread::yield_now();
        }
    }
    let is_cancelled = caller.close();
    nursery.siblings.go_on_with_panic();
    if is_cancelled {
        coroutine::trigger_cancel_panic();
    }
    nursery.failures.outcome()?;
    // Without a failure the block has come to its end, unless the caller was cancelled.
    Ok(block.take().unwrap_or_else(|| coroutine::trigger_cancel_panic()))
}

/// Where the tasks of a block are spawned. A clone spawns into the same nursery, so a
/// task may have one.
pub struct Nursery<'scope, 'env: 'scope, E> {
    siblings: Arc<Siblings<May>>,
    failures: Arc<Failures<E>>,
    // As in `std::thread::Scope`: neither lifetime may shrink or grow.
    lifetimes: PhantomData<(&'scope mut &'scope (), &'env mut &'env ())>,
}

impl<E> Clone for Nursery<'_, '_, E> {
    fn clone(&self) -> Self {
        Self {
            siblings: Arc::clone(&self.siblings),
            failures: Arc::clone(&self.failures),
            lifetimes: PhantomData,
        }
    }
}

impl<'scope, E: Send + 'scope> Nursery<'scope, '_, E> {
    /// Spawns a task with a name. Its error is that of the nursery, and cancels all.
    ///
    /// If the nursery has been cancelled, the task does not begin.
    ///
    /// # Panics
    /// If there is no memory for the stack of its coroutine. Linux maps at most 65,530
    /// pieces of memory (`vm.max_map_count`), which is 32,000 coroutines.
    ///
    /// A task cannot borrow from the block itself, which may end before it does:
    ///
    /// ```compile_fail,E0373
    /// # use coroutines::on_may;
    /// on_may::nursery(|nursery| {
    ///     let word = String::from("foo");
    ///     nursery.spawn("foo", || Ok::<_, std::io::Error>(word.len()));
    ///     Ok(())
    /// });
    /// ```
    pub fn spawn<F, T>(&self, name: &str, task: F) -> Task<T>
    where
        F: FnOnce() -> Result<T, E> + Send + 'scope,
        T: Send + 'scope,
    {
        self.start(name, name, task)
    }

    /// Starts a task, or the block, whose coroutine has the name `lane`.
    fn start<F, T>(&self, lane: &str, name: &str, task: F) -> Task<T>
    where
        F: FnOnce() -> Result<T, E> + Send + 'scope,
        T: Send + 'scope,
    {
        let node = Node::new();
        let slot = Arc::new(Slot { value: Mutex::new(None), ended: SyncFlag::new() });
        let task_of = Task { node: Arc::clone(&node), slot: Arc::clone(&slot) };
        let ending = Ending(slot);
        let Some(ticket) = self.siblings.enter() else { return task_of };
        self.siblings.started(ticket.id(), Arc::clone(&node));
        let name = name.to_owned();
        let failures = Arc::clone(&self.failures);
        let job = Job { node, failures, name, task, ending, ticket };
        let job: Box<dyn FnOnce() + Send + 'scope> = Box::new(move || job.run());
        // SAFETY: what the job borrows is alive until `nursery` returns. The job drops
        // all of it before it drops its ticket, whether it runs or not, and `nursery`
        // does not return before all tickets are dropped: neither an error, nor a
        // panic, nor the cancellation of the caller ends its wait.
        let job = unsafe {
            std::mem::transmute::<
                Box<dyn FnOnce() + Send + 'scope>,
                Box<dyn FnOnce() + Send + 'static>,
            >(job)
        };
        let builder = coroutine::Builder::new().name(lane.to_owned());
        // SAFETY: may asks that the coroutine neither keep a thread local across a wait
        // nor overflow its stack. The former is said above, as `go!` leaves it to its
        // user too; behind the stack lies a page that may not be touched.
        let spawned = unsafe { builder.spawn(job) };
        spawned.unwrap_or_else(|error| panic!("cannot start a coroutine: {error}"));
        task_of
    }
}

/// A task that was spawned. Dropping this detaches nothing: the nursery still waits for
/// the task.
pub struct Task<T> {
    node: Arc<Node>,
    slot: Arc<Slot<T>>,
}

struct Slot<T> {
    value: Mutex<Option<T>>,
    ended: SyncFlag,
}

impl<T> Task<T> {
    /// Waits until the task has ended, and gives its value; `None` if it failed or was
    /// cancelled.
    #[expect(
        clippy::must_use_candidate,
        reason = "as with the join of gevent, some callers only wait"
    )]
    pub fn join(self) -> Option<T> {
        self.slot.ended.wait();
        self.take()
    }

    /// Cancels the task. It ends at its next wait, or has ended already.
    pub fn cancel(&self) {
        self.node.cancel();
    }

    fn take(&self) -> Option<T> {
        self.slot.value.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What a coroutine runs. The fields are dropped in this order: the ticket is the last.
struct Job<F, T, E> {
    node: Arc<Node>,
    failures: Arc<Failures<E>>,
    name: String,
    task: F,
    ending: Ending<T>,
    ticket: Ticket<May>,
}

impl<F: FnOnce() -> Result<T, E>, T, E> Job<F, T, E> {
    fn run(self) {
        let Self { node, failures, name, task, ending, ticket } = self;
        // Locals are dropped in the reverse order: the ticket is the last.
        let (ticket, ending, failures, task) = (ticket, ending, failures, task);
        if !node.begin() {
            return;
        }
        match catch_unwind(AssertUnwindSafe(task)) {
            Ok(Ok(value)) => ending.store(value),
            Ok(Err(error)) => {
                failures.push(&name, error);
                ticket.siblings().cancel();
            }
            Err(payload) if payload.is::<generator::Error>() => {}
            Err(payload) => ticket.siblings().panicked(payload),
        }
    }
}

/// Says at its end that the task has ended, whether it ran or not.
struct Ending<T>(Arc<Slot<T>>);

impl<T> Ending<T> {
    fn store(&self, value: T) {
        *self.0.value.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
    }
}

impl<T> Drop for Ending<T> {
    fn drop(&mut self) {
        self.0.ended.fire();
    }
}

/// The calling task, if one calls, waits in a nursery.
struct Opened(Option<Arc<Node>>);

impl Opened {
    fn by_caller(siblings: &Arc<Siblings<May>>) -> Self {
        let caller = node::current();
        if caller.as_ref().is_some_and(|node| !node.open(siblings)) {
            coroutine::trigger_cancel_panic();
        }
        Self(caller)
    }

    fn close(mut self) -> bool {
        self.0.take().is_some_and(|node| node.close())
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        if let Some(node) = self.0.take() {
            node.close();
        }
    }
}

/// The name of the running coroutine.
fn running() -> Option<String> {
    coroutine::is_coroutine()
        .then(|| coroutine::current().name().map(str::to_owned))
        .flatten()
}
