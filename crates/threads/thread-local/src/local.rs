//! A value of which each flow has its own.

use std::any::Any;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::{Arc, OnceLock};

use crate::error::SetError;
use crate::flow::{self, Adds};
use crate::scope::Scoped;
use crate::table::{Copy, Key, Table};

/// A value of which each flow has its own: each thread, each coroutine of may, each
/// task of tokio in a [`scope`](Self::scope), each forked child.
///
/// It is usually a static, and may be any value of a program: two of them do not see
/// each other. The value is dropped when its flow ends. It has to be `Send`, since a
/// coroutine or a task takes it along to other threads, but not `Sync`, so a `Cell` or
/// a `RefCell` is welcome.
///
/// ```
/// use std::cell::Cell;
/// use std::thread;
/// use thread_local::Local;
///
/// #[derive(Default)]
/// struct Visitor {
///     pages: Cell<u32>,
/// }
///
/// static VISITOR: Local<Visitor> = Local::new();
///
/// VISITOR.set(Visitor::default())?;
/// VISITOR.with(|visitor| visitor.pages.set(3));
/// let another = thread::spawn(|| VISITOR.with(|visitor| visitor.pages.get()));
/// assert_eq!(another.join().unwrap(), None);
/// assert_eq!(VISITOR.with(|visitor| visitor.pages.get()), Some(3));
/// # Ok::<(), thread_local::SetError<Visitor>>(())
/// ```
///
/// A value that cannot be sent to another thread is refused:
///
/// ```compile_fail,E0277
/// use std::rc::Rc;
/// use thread_local::Local;
///
/// static SHARED: Local<Rc<u32>> = Local::new();
/// ```
#[derive(Debug)]
pub struct Local<T> {
    /// Made when the first value is set, so that a `Local` can be a static.
    key: OnceLock<Arc<Key>>,
    copy: Option<Copy>,
    of: PhantomData<fn() -> T>,
}

impl<T: Send + 'static> Local<T> {
    /// A `Local` whose values are not inherited: a new flow has none.
    #[must_use]
    pub const fn new() -> Self {
        Self { key: OnceLock::new(), copy: None, of: PhantomData }
    }

    /// Sets the value of this flow.
    ///
    /// In nested scopes that is the innermost one that has a value, or else the
    /// innermost of all.
    ///
    /// # Errors
    /// [`SetError::NoScope`] in a tokio task that is in no scope;
    /// [`SetError::Ending`] in a destructor that runs at the end of a thread. Both hand
    /// the value back.
    pub fn set(&self, value: T) -> Result<(), SetError<T>> {
        let key = self.key();
        let mut value = Some(value);
        // What the entries hold is dropped after this, where no table is borrowed.
        let set = flow::with(|flow| flow.set(key, &mut value));
        match (value, &set) {
            (None, _) => Ok(()),
            (Some(value), Some(_no_scope)) => Err(SetError::NoScope(value)),
            (Some(value), None) => Err(SetError::Ending(value)),
        }
    }

    /// A clone of the value of this flow; `None` if it has none.
    ///
    /// Without a clone see [`with`](Self::with).
    #[must_use]
    pub fn get(&self) -> Option<T>
    where
        T: Clone,
    {
        self.with(T::clone)
    }

    /// Calls `function` with the value of this flow; `None` if it has none.
    ///
    /// `function` may use the same `Local`: what it sets is there for the next call,
    /// and its own value stays until it returns.
    pub fn with<R>(&self, function: impl FnOnce(&T) -> R) -> Option<R> {
        let key = Arc::as_ptr(self.key.get()?);
        let value = flow::with(|flow| flow.get(key)).flatten()?;
        value.downcast_ref().map(function)
    }

    /// Removes the value of this flow, and tells whether there was one: Python's
    /// `del local.value`.
    ///
    /// In nested scopes it removes that of the innermost one that has a value.
    #[must_use = "it tells whether there was a value"]
    pub fn remove(&self) -> bool {
        let Some(key) = self.key.get().map(Arc::as_ptr) else { return false };
        // The entry is dropped here, where no table is borrowed.
        flow::with(|flow| flow.remove(key)).flatten().is_some()
    }

    /// Makes `future` a flow of its own, in which this `Local` has `value`.
    ///
    /// A task of tokio needs it: tokio does not tell when a task ends, so a value
    /// without a scope would stay behind. Scopes of several `Local`s can be nested.
    ///
    /// ```
    /// use thread_local::Local;
    ///
    /// static USER: Local<&str> = Local::new();
    /// static PAGE: Local<u32> = Local::new();
    ///
    /// let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    /// let both = runtime.block_on(async {
    ///     let task = async { (USER.get(), PAGE.get()) };
    ///     tokio::spawn(USER.scope("alex", PAGE.scope(3, task))).await
    /// })?;
    /// assert_eq!(both, (Some("alex"), Some(3)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn scope<F: Future>(&self, value: T, future: F) -> Scoped<F> {
        let key = self.key();
        let mut table = Table::default();
        drop(table.set(key, Rc::new(value)));
        Scoped::new(future, Adds::Values, table)
    }

    /// The identity of this `Local`, and of no other.
    fn key(&self) -> &Arc<Key> {
        self.key.get_or_init(|| Arc::new(Key { copy: self.copy }))
    }

    /// How many flows have a value now.
    ///
    /// A thread that has been joined has none any more. A
    /// [`scope`](std::thread::scope) of threads ends a moment before they drop their
    /// values, and so does the join of a coroutine of may.
    ///
    /// ```
    /// use thread_local::Local;
    ///
    /// let local = Local::new();
    /// local.set(1)?;
    /// assert_eq!(local.flows(), 1);
    /// # Ok::<(), thread_local::SetError<u32>>(())
    /// ```
    #[must_use]
    pub fn flows(&self) -> usize {
        self.key.get().map_or(0, Arc::weak_count)
    }
}

impl<T: Clone + Send + 'static> Local<T> {
    /// A `Local` whose values are inherited: a flow that begins with
    /// [`copy_context`](crate::copy_context) has a clone of each, and a forked child
    /// the copy that the fork has made.
    #[must_use]
    pub const fn inherited() -> Self {
        Self { key: OnceLock::new(), copy: Some(copy::<T>), of: PhantomData }
    }
}

fn copy<T: Clone + Send + 'static>(value: &dyn Any) -> Option<Box<dyn Any + Send>> {
    value.downcast_ref::<T>().map(|value| Box::new(value.clone()) as _)
}

impl<T: Send + 'static> Default for Local<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// Drops the value of the flow that drops it. Those of others are dropped when their
/// flows end, or have set more values.
impl<T> Drop for Local<T> {
    fn drop(&mut self) {
        if let Some(key) = self.key.get().map(Arc::as_ptr) {
            drop(flow::with(|flow| flow.remove(key)));
        }
    }
}
