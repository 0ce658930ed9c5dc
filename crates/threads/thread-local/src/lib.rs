//! Values of which each thread, coroutine, task and child has its own (N1.12–N1.17).
//!
//! A [`Local`] is one name for many values: code reads its own, wherever it is called
//! from. A server keeps the request in it that is being served, so that no function
//! has to hand it on.
//!
//! ```
//! use thread_local::Local;
//!
//! static USER: Local<&str> = Local::new();
//!
//! fn greeting() -> String {
//!     format!("hello, {}", USER.get().unwrap_or("stranger"))
//! }
//!
//! USER.set("alex")?;
//! let another = std::thread::spawn(greeting);
//! assert_eq!(greeting(), "hello, alex");
//! assert_eq!(another.join().unwrap(), "hello, stranger");
//! # Ok::<(), thread_local::SetError<&str>>(())
//! ```
//!
//! The lane that has values of its own is called a *flow* here:
//!
//! | flow | begins | its values go |
//! |---|---|---|
//! | a thread | without values | when it ends |
//! | a coroutine of may | without values | when it ends |
//! | a future in [`Local::scope`] | with that value | when it is dropped |
//! | code in [`Context::run`] or [`Context::scope`] | with the inherited values | when it returns or is dropped |
//! | a forked child | with the inherited values | with its memory |
//!
//! A value is inherited if its `Local` was made by [`Local::inherited`]. Python's
//! `contextvars` inherit all values or none, tokio's task locals none; neither std nor
//! tokio has a hook at the start of a thread or a task, so [`copy_context`] takes the
//! copies where the new flow is started.
//!
//! # How it works
//! The note keeps a map from thread ident to values ([`ByIdent`]). Here it is the other
//! way round: each flow has a table of its values, keyed by the address of the `Local`,
//! and the table is where the flow is. So no lock is needed, and the values go with
//! the flow without a word from it.
//!
//! | module | role |
//! |---|---|
//! | `local` | the key to the values |
//! | `table` | the values of one flow |
//! | `flow` | which flow runs here, and the scopes that it is in |
//! | `stack` | whether a coroutine may run here |
//! | `scope` | a future with values of its own |
//! | `context` | what a new flow inherits |
//! | `error` | why a value was not set |
//! | `by_ident` | the note's map, with its faults |
//! | [`kit`] | what drives the scenes |
//!
//! - The table of a thread is in a `thread_local!`, that of a coroutine in may's
//!   `coroutine_local!`, which goes with the coroutine from thread to thread.
//! - A scope has a table of its own. Before each poll the table is put on top of those
//!   of the thread that polls, together with the id of the task, and after it is taken
//!   away. A task with another id, which is polled meanwhile, does not see it.
//! - A value is shared by the table and by the `with` that uses it, through an `Rc`. So
//!   a value may be set, replaced or removed while it is used.
//! - An entry holds a weak reference to its `Local`, so its address cannot become that
//!   of another one.
//! - Each table has the token of its process. A forked child finds its parent's token,
//!   and leaves all values behind but the inherited ones.
//!
//! # What is promised
//! - No flow reads the value of another.
//! - Two `Local`s do not see each other, whatever their types.
//! - A value is dropped once, when its flow ends, or when it is replaced or removed. A
//!   thread that has been joined has dropped its values; a coroutine drops them a
//!   moment after its join.
//! - A task of tokio that is in no scope is refused a value ([`SetError::NoScope`]). It
//!   would be the thread's, and the next task would find it.
//! - A child does not run the destructors of the values that its parent has.
//! - A value may be of any type that is `Send`. Its clone and its destructor may use
//!   any `Local`.
//!
//! # Limits
//! - What a future of another executor than tokio sets without a scope is the value of
//!   its thread: there is no task id by which it would be noticed. In a scope it is
//!   right on every executor.
//! - Greenlets, and the threads of an explored program, are one flow: that of their
//!   thread. In a scene that is explored use `interleavings::thread_local!`.
//! - The values of a `Local` that another thread drops stay until their flow ends, or
//!   has set more values: of the dead there are never more than of the living, but for
//!   eight.
//! - The destructor of a coroutine's value runs when the coroutine is over, and what it
//!   sets is the worker thread's.
//! - A scope that was made before a fork and is polled in the child has the values of
//!   the parent.
//!
//! # What was checked
//! - A model: any sequence of calls in nested scopes, contexts and threads reads what a
//!   list of maps holds (`tests/model.rs`).
//! - Threads, coroutines, tasks and children one by one: 500 at a time that move
//!   between threads, cancelled, panicking, nested (`tests`).
//!
//! There is no synchronisation written by hand, so there is nothing for loom: a table
//! is used by one thread at a time, the one that runs its flow.

mod by_ident;
mod context;
mod error;
mod flow;
pub mod kit;
mod local;
mod scope;
mod stack;
mod table;

pub use by_ident::{ByIdent, Storage, get_ident};
pub use context::{Context, copy_context};
pub use error::SetError;
pub use local::Local;
pub use scope::Scoped;

// A Local is a static for all threads, whatever its values; and a task may be spawned
// in a scope if it may be spawned at all.
const _: () = {
    const fn is_send_and_sync<T: Send + Sync>() {}
    const fn is_send<T: Send>() {}
    type NotSync = std::cell::Cell<u8>;
    is_send_and_sync::<(Local<NotSync>, ByIdent<u8>)>();
    is_send::<(Context, Scoped<NotSync>, SetError<NotSync>)>();
};
