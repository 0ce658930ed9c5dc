//! The handle of a greenlet.

use std::cell::Cell;
use std::marker::PhantomData;

use crate::Error;
use crate::post::Post;
use crate::world::{Node, State};

/// A greenlet of a [`scope`](crate::scope): a function with a stack of its own, which
/// runs when another greenlet switches to it.
///
/// This is a handle, which can be copied; equal handles are of the same greenlet.
///
/// It belongs to one thread:
/// ```compile_fail,E0277
/// greenlets::scope(|group| {
///     let eat = group.greenlet("eat");
///     eat.run(move |()| ()).unwrap();
///     std::thread::scope(|threads| {
///         threads.spawn(move || eat.switch(()));
///     });
/// });
/// ```
pub struct Greenlet<'scope, T> {
    post: &'scope Post<T>,
    node: &'scope Node,
    // Invariant, or `run` would accept borrows that end before the scope.
    scope: PhantomData<Cell<&'scope ()>>,
}

impl<'scope, T> Greenlet<'scope, T> {
    pub(crate) fn new(post: &'scope Post<T>, node: &'scope Node) -> Self {
        Self { post, node, scope: PhantomData }
    }

    /// Gives the greenlet its function, which begins at the first switch to it, with
    /// the value of that switch. The value that the function returns goes to the
    /// greenlet's parent.
    ///
    /// The function runs on a stack of 1 MiB, of which only the pages used take memory.
    /// A stack overflow ends the program by SIGSEGV, at the guard page below the stack.
    ///
    /// # Errors
    /// [`Error::Taken`] if it has a function already or is dead, [`Error::NoStack`] if
    /// there is no memory for its stack: Linux allows a process some 32,000 (proc(5),
    /// `vm.max_map_count`).
    pub fn run<F>(self, function: F) -> Result<(), Error>
    where
        F: FnOnce(T) -> T + 'scope,
    {
        let (post, node) = (self.post, self.node);
        if node.state.get() != State::New {
            return Err(Error::Taken(node.name.clone()));
        }
        // SAFETY: the function lives for 'scope, and the scope kills the node before
        // 'scope ends.
        unsafe { post.world.prepare(node, move || post.live(node, function)) }
            .map_err(|source| Error::NoStack { name: node.name.clone(), source })
    }

    /// Switches to this greenlet with a value, and returns when a greenlet switches
    /// back to the caller, with the value of that switch.
    ///
    /// If this greenlet is dead, the switch goes to its parent instead, or to its
    /// parent's parent if that is dead too. A switch to the caller itself returns the
    /// value.
    ///
    /// While a greenlet unwinds, its switches go nowhere: in a destructor that a panic
    /// has called they return their value at once, so no other greenlet runs while the
    /// thread is panicking. A greenlet that is being killed and has caught the
    /// unwinding is unwound again by its next switch.
    ///
    /// # Panics
    /// With the panic of a child: a greenlet that panics goes to its parent as one that
    /// returns does, with its panic in place of a value. Also if this greenlet has no
    /// function yet ([`run`](Self::run)).
    ///
    /// ```
    /// greenlets::scope(|group| {
    ///     let main = group.current();
    ///     let twice = group.greenlet("twice");
    ///     twice.run(move |first: u32| {
    ///         let second = main.switch(2 * first);
    ///         2 * second
    ///     })?;
    ///     assert_eq!(twice.switch(3), 6);
    ///     assert_eq!(twice.switch(5), 10);
    ///     assert_eq!(twice.switch(7), 7, "it is dead, and the caller is its parent");
    ///     Ok::<(), greenlets::Error>(())
    /// })?;
    /// # Ok::<(), greenlets::Error>(())
    /// ```
    ///
    /// All values of a scope have one type:
    /// ```compile_fail,E0308
    /// greenlets::scope(|group| {
    ///     let adder = group.greenlet("adder");
    ///     adder.run(move |number: i32| number + 1).unwrap();
    ///     adder.switch("ten");
    /// });
    /// ```
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a call would cost more than the switch")]
    #[track_caller]
    pub fn switch(self, value: T) -> T {
        self.post.switch(self.node, value)
    }

    /// Ends the greenlet, and returns when it is dead: its stack is unwound, so that
    /// the destructors on it run; a function that has not begun is dropped. A dead
    /// greenlet stays dead.
    ///
    /// The greenlet can catch the unwinding, but its next [`switch`](Self::switch)
    /// unwinds it again. The caller does not panic. (Python has `throw()` for this, but
    /// goes on in the parent of the killed greenlet, not in the caller.)
    ///
    /// # Errors
    /// [`Error::Runs`] if the greenlet runs, or waits for one that it kills itself: a
    /// greenlet ends itself by returning. The main code of a scope cannot be killed
    /// either.
    ///
    /// # Panics
    /// With the panic of a destructor on the greenlet's stack.
    ///
    /// ```
    /// let mut cleared = false;
    /// greenlets::scope(|group| {
    ///     struct Table<'a>(&'a mut bool);
    ///     impl Drop for Table<'_> {
    ///         fn drop(&mut self) {
    ///             *self.0 = true;
    ///         }
    ///     }
    ///     let main = group.current();
    ///     let eat = group.greenlet("eat");
    ///     let table = Table(&mut cleared);
    ///     eat.run(move |()| {
    ///         let _table = table;
    ///         main.switch(());
    ///         unreachable!("no greenlet switches back");
    ///     })?;
    ///     eat.switch(());
    ///     eat.kill()?;
    ///     assert!(eat.is_dead());
    ///     Ok::<(), greenlets::Error>(())
    /// })?;
    /// assert!(cleared);
    /// # Ok::<(), greenlets::Error>(())
    /// ```
    pub fn kill(self) -> Result<(), Error> {
        self.post.kill(self.node)
    }

    /// Whether the greenlet has returned, panicked or been killed.
    #[must_use]
    pub fn is_dead(self) -> bool {
        self.node.state.get() == State::Dead
    }

    /// The greenlet that made this one; none if this is the scope's main code.
    #[must_use]
    pub fn parent(self) -> Option<Self> {
        self.post.world.parent(self.node).map(|parent| Self::new(self.post, parent))
    }

    /// The greenlet's name, which is also the lane of its lines.
    #[must_use]
    pub fn name(self) -> &'scope str {
        &self.node.name
    }
}

// Not derived, which would require the same of T.
impl<T> Clone for Greenlet<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Greenlet<'_, T> {}

impl<T> PartialEq for Greenlet<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.node, other.node)
    }
}

impl<T> Eq for Greenlet<'_, T> {}

impl<T> std::fmt::Debug for Greenlet<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Greenlet").field(&self.name()).finish()
    }
}
