//! The scope that owns a group of greenlets.

use std::cell::Cell;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use processes::held::NoFork;

use crate::post::{Post, discard};
use crate::{Greenlet, lane};

/// Opens a scope for greenlets that switch to each other, with values of type `T`, on
/// the thread that calls.
///
/// It is to greenlets what [`std::thread::scope`] is to threads: their functions may
/// borrow values that live outside of the scope, because no greenlet outlives it.
/// `body` is the main code, the greenlet that the others descend from. When it returns
/// or panics, the greenlets that still wait in a switch are killed in the order in
/// which they were made ([`Greenlet::kill`]), so that their destructors run, and
/// functions that have not begun are dropped. (Python does so when the last reference
/// to a greenlet goes.)
///
/// A scope may be opened within another, also by a greenlet: to the outer scope, all
/// greenlets of the inner one are the greenlet that opened it. So a greenlet of the
/// inner scope may switch to one of the outer; a switch back to the greenlet that
/// opened the inner scope continues where it was, deep in the inner scope.
///
/// While a scope is open, its thread cannot start a process ([`NoFork`]): the child
/// would have copies of the greenlets, and could switch to its parent's code.
///
/// # Panics
/// With the panic of `body` or else with the first panic of a greenlet that is killed
/// at the end.
///
/// ```
/// let said = std::cell::RefCell::new(Vec::new());
/// greenlets::scope(|group| {
///     let (first, second) = (group.greenlet("first"), group.greenlet("second"));
///     let say = |word| said.borrow_mut().push(word);
///     first.run(move |()| {
///         say("12");
///         second.switch(());
///         say("34");
///     })?;
///     second.run(move |()| {
///         say("56");
///         first.switch(());
///     })?;
///     first.switch(());
///     Ok::<(), greenlets::Error>(())
/// })?;
/// assert_eq!(said.take(), ["12", "56", "34"]);
/// # Ok::<(), greenlets::Error>(())
/// ```
///
/// A greenlet's function cannot borrow a value that is dropped before the scope ends:
/// ```compile_fail,E0597
/// greenlets::scope(|group| {
///     let apple = String::from("apple");
///     let borrowed = &apple;
///     group.greenlet("eat").run(move |()| println!("{borrowed}")).unwrap();
/// });
/// ```
/// and no greenlet can be carried out of its scope:
/// ```compile_fail,E0521
/// let mut kept = None::<greenlets::Greenlet<'_, ()>>;
/// greenlets::scope(|group| kept = Some(group.greenlet("eat")));
/// ```
pub fn scope<'env, T, F, R>(body: F) -> R
where
    F: for<'scope> FnOnce(&'scope Group<'scope, 'env, T>) -> R,
{
    shared::lane::name_coroutines_by(lane::running);
    let _held = NoFork::new("a scope of greenlets");
    let group = Group { post: Post::new(), scope: PhantomData, env: PhantomData };
    let entered = lane::enter(&group.post.world);
    // Caught, so that the greenlets unwind first, while the thread is not panicking.
    let outcome = catch_unwind(AssertUnwindSafe(|| body(&group)));
    let panic_at_end = group.post.kill_all();
    drop(entered);
    match (outcome, panic_at_end) {
        (Err(panic), later) => {
            if let Some(later) = later {
                discard(later);
            }
            resume_unwind(panic)
        }
        (Ok(_), Some(panic)) => resume_unwind(panic),
        (Ok(result), None) => result,
    }
}

/// The greenlets of a [`scope`].
pub struct Group<'scope, 'env: 'scope, T> {
    pub(crate) post: Post<T>,
    // Both invariant, as in `std::thread::Scope`: a function must live for all of
    // 'scope, neither less nor more.
    scope: PhantomData<Cell<&'scope ()>>,
    env: PhantomData<Cell<&'env ()>>,
}

impl<'scope, T> Group<'scope, '_, T> {
    /// Makes a greenlet without a function, as a child of the running greenlet;
    /// [`Greenlet::run`] gives it one.
    ///
    /// A greenlet is made before its function so that the functions of several can name
    /// all of them, as in the notes.
    pub fn greenlet(&'scope self, name: impl Into<String>) -> Greenlet<'scope, T> {
        Greenlet::new(&self.post, self.post.world.add(name.into()))
    }

    /// The running greenlet, as Python's `getcurrent`. In the scope's main code it is a
    /// greenlet called `main`.
    ///
    /// ```
    /// greenlets::scope(|group| {
    ///     let main = group.current();
    ///     let child = group.greenlet("child");
    ///     child.run(move |()| assert!(group.current() == child))?;
    ///     child.switch(());
    ///     assert!(group.current() == main && child.parent() == Some(main));
    ///     Ok::<(), greenlets::Error>(())
    /// })?;
    /// # Ok::<(), greenlets::Error>(())
    /// ```
    pub fn current(&'scope self) -> Greenlet<'scope, T> {
        Greenlet::new(&self.post, self.post.world.current())
    }
}

impl<T> std::fmt::Debug for Group<'_, '_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Group")
            .field("current", &self.post.world.current().name)
            .finish_non_exhaustive()
    }
}
