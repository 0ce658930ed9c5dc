//! The threads of an explored program as coroutines, each with a stack of its own.

use std::cell::Cell;
use std::io;
use std::ptr::NonNull;

use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult, Yielder};

/// The size of a stack, which has a guard page below it. Only the pages that are used
/// take memory.
const STACK_BYTES: usize = 1024 * 1024;

type WayOut = Yielder<(), ()>;
type Fiber = Coroutine<(), (), ()>;

thread_local! {
    /// Leads from the stack of the running fiber back to [`Fibers::resume`]; none while
    /// no fiber runs, and in a fiber that is being unwound.
    static WAY_OUT: Cell<Option<NonNull<WayOut>>> = const { Cell::new(None) };
}

/// Suspends the running fiber, and returns when it is resumed.
///
/// If the fiber is unwound instead, this unwinds.
///
/// # Panics
/// If no fiber runs on this thread, or if the running one is being unwound.
pub(crate) fn suspend() {
    let way_out = WAY_OUT.get().expect("a fiber runs");
    // SAFETY: it is at the root of the running fiber's stack, so it exists: it is set
    // whenever a fiber begins or goes on, and removed when control leaves the fiber.
    unsafe { way_out.as_ref() }.suspend(());
    WAY_OUT.set(Some(way_out));
}

/// Fibers, each known by its number, and the stacks of those that have ended, which are
/// used again.
#[derive(Default)]
pub(crate) struct Fibers {
    /// A fiber that runs or has ended is not here.
    fibers: Vec<Option<Fiber>>,
    stacks: Vec<DefaultStack>,
}

impl Fibers {
    /// Adds a fiber that has not begun. Its body must not panic.
    ///
    /// # Errors
    /// If the system has no memory for the stack.
    pub(crate) fn add(&mut self, body: Box<dyn FnOnce()>) -> io::Result<()> {
        let stack = match self.stacks.pop() {
            Some(stack) => stack,
            None => DefaultStack::new(STACK_BYTES)?,
        };
        self.fibers.push(Some(Coroutine::with_stack(stack, |way_out: &WayOut, ()| {
            WAY_OUT.set(Some(NonNull::from(way_out)));
            body();
        })));
        Ok(())
    }

    /// Takes a fiber that is suspended, in order to resume it.
    pub(crate) fn take(&mut self, number: usize) -> Option<Fiber> {
        self.fibers.get_mut(number)?.take()
    }

    /// Takes the youngest fiber that has not ended, in order to unwind it, and forgets
    /// the younger ones.
    pub(crate) fn take_youngest(&mut self) -> Option<(usize, Fiber)> {
        while let Some(youngest) = self.fibers.pop() {
            if let Some(fiber) = youngest {
                return Some((self.fibers.len(), fiber));
            }
        }
        None
    }

    /// Puts back a fiber that is suspended again.
    pub(crate) fn put(&mut self, number: usize, fiber: Fiber) {
        self.fibers[number] = Some(fiber);
    }

    /// Keeps the stack of a fiber that has ended.
    pub(crate) fn keep_stack(&mut self, fiber: Fiber) {
        self.stacks.push(fiber.into_stack());
    }
}

impl Drop for Fibers {
    /// Unwinds the youngest first: a fiber may borrow from one that has begun before.
    fn drop(&mut self) {
        while let Some(fiber) = self.take_youngest() {
            drop(fiber);
        }
    }
}

/// Runs a fiber until it suspends itself or ends; whether it has ended.
pub(crate) fn resume(fiber: &mut Fiber) -> bool {
    let result = fiber.resume(());
    WAY_OUT.set(None);
    matches!(result, CoroutineResult::Return(()))
}

/// Unwinds a fiber to its end. One that has not begun is run instead: its body has to
/// know that there is nothing to do.
pub(crate) fn unwind(fiber: &mut Fiber) {
    if fiber.started() {
        fiber.force_unwind();
    } else {
        resume(fiber);
    }
}
