//! The values that a new flow inherits.

use std::any::Any;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use crate::flow::{self, Adds};
use crate::scope::Scoped;
use crate::table::{Key, Table};

/// Copies the values that a new thread, coroutine or task is to inherit: those of each
/// [`Local::inherited`](crate::Local::inherited).
///
/// This is Python's `contextvars.copy_context()`. There each task of asyncio begins
/// with a copy of *all* values, and a thread with none. Here the `Local` says whether
/// its values are inherited, and the code that starts a flow hands them over: neither
/// std nor tokio says when one begins.
///
/// ```
/// use thread_local::{Local, copy_context};
///
/// static TRACE_ID: Local<u64> = Local::inherited();
///
/// TRACE_ID.set(7)?;
/// let context = copy_context();
/// let thread = std::thread::spawn(|| context.run(|| TRACE_ID.get()));
/// assert_eq!(thread.join().unwrap(), Some(7));
/// # Ok::<(), thread_local::SetError<u64>>(())
/// ```
#[must_use = "it holds copies for another flow"]
pub fn copy_context() -> Context {
    let inherited = flow::with(|flow| flow.inherited()).unwrap_or_default();
    // To clone is the user's code, which may use a `Local`.
    let copy = |(key, value): (Arc<Key>, Rc<dyn Any>)| {
        let copy = key.copy?(&*value)?;
        Some((key, copy))
    };
    Context { values: inherited.into_iter().filter_map(copy).collect() }
}

/// Values for a new flow; made by [`copy_context`].
pub struct Context {
    values: Vec<(Arc<Key>, Box<dyn Any + Send>)>,
}

impl Context {
    /// Calls `function` as a flow of its own, which begins with these values. Those of
    /// the caller are not seen in it, and come back when it returns or panics.
    ///
    /// ```
    /// use thread_local::{Local, copy_context};
    ///
    /// static DEPTH: Local<u32> = Local::inherited();
    ///
    /// DEPTH.set(1)?;
    /// copy_context().run(|| DEPTH.set(2))?;
    /// assert_eq!(DEPTH.get(), Some(1));
    /// # Ok::<(), thread_local::SetError<u32>>(())
    /// ```
    pub fn run<R>(self, function: impl FnOnce() -> R) -> R {
        flow::within(&mut self.into_table(), Adds::Flow, function)
    }

    /// Makes `future` a flow of its own, which begins with these values.
    ///
    /// ```
    /// use thread_local::{Local, copy_context};
    ///
    /// static TRACE_ID: Local<u64> = Local::inherited();
    ///
    /// TRACE_ID.set(7)?;
    /// let task = copy_context().scope(async { TRACE_ID.get() });
    /// let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    /// assert_eq!(runtime.block_on(async { tokio::spawn(task).await })?, Some(7));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn scope<F: Future>(self, future: F) -> Scoped<F> {
        Scoped::new(future, Adds::Flow, self.into_table())
    }

    fn into_table(self) -> Table {
        let mut table = Table::default();
        for (key, value) in self.values {
            let value: Box<dyn Any> = value;
            // Of the values of several scopes the innermost is the last one.
            drop(table.set(&key, Rc::from(value)));
        }
        table
    }
}

/// Shows how many values it holds.
impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("values", &self.values.len()).finish()
    }
}
