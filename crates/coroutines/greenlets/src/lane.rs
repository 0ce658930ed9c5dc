//! The name of the running greenlet, looked up only when a line is printed, so that a
//! switch does no work for it.

use std::cell::RefCell;
use std::rc::Rc;

use crate::world::World;

thread_local! {
    /// The outermost scope that is open on this thread. A greenlet has the scope that
    /// it has opened.
    static OUTERMOST: RefCell<Option<Rc<World>>> = const { RefCell::new(None) };
}

/// The name of the running greenlet. The main code of a scope has the name of the
/// greenlet, or else of the thread, that opened the scope.
pub(crate) fn running() -> Option<String> {
    let mut name = None;
    innermost(|world| {
        if !world.is_main(world.current()) {
            name = Some(world.current().name.clone());
        }
    });
    name
}

/// Gives a scope to the greenlet that opens it, until the guard is dropped.
pub(crate) fn enter(world: &Rc<World>) -> Entered {
    let outer = innermost(|_| ());
    set(outer.as_deref(), Some(Rc::clone(world)));
    Entered { outer }
}

pub(crate) struct Entered {
    outer: Option<Rc<World>>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        set(self.outer.as_deref(), None);
    }
}

/// Walks from the outermost scope through the running greenlets to the innermost scope,
/// and returns that.
fn innermost(mut visit: impl FnMut(&World)) -> Option<Rc<World>> {
    let mut next =
        OUTERMOST.try_with(|outermost| outermost.borrow().clone()).ok().flatten();
    let mut innermost = None;
    while let Some(world) = next {
        visit(&world);
        next = world.current().inner();
        innermost = Some(world);
    }
    innermost
}

fn set(outer: Option<&World>, inner: Option<Rc<World>>) {
    match outer {
        Some(outer) => outer.current().set_inner(inner),
        // The thread-local is gone if the destructor of another one opens the scope:
        // then its greenlets have the name of their thread.
        None => drop(OUTERMOST.try_with(|outermost| outermost.replace(inner))),
    }
}
