//! Who speaks on this thread, asked only when a line is printed: a switch keeps no
//! books for it.

use std::cell::RefCell;
use std::rc::Rc;

use crate::world::World;

thread_local! {
    /// The scope that is open on this thread outside of any other. Those within hang on
    /// the greenlet that opened them.
    static OUTERMOST: RefCell<Option<Rc<World>>> = const { RefCell::new(None) };
}

/// The name of the running greenlet. The main code of a scope speaks for whoever opened
/// the scope.
pub(crate) fn running() -> Option<String> {
    let mut name = None;
    innermost(|world| {
        if !world.is_main(world.current()) {
            name = Some(world.current().name.clone());
        }
    });
    name
}

/// Hangs a scope on the greenlet that opens it, until the guard is dropped.
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

/// Walks from the outermost scope through the running greenlets to the innermost, and
/// gives that one.
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
        // It is gone where the destructor of a thread's local opens the scope: then its
        // greenlets speak as their thread.
        None => drop(OUTERMOST.try_with(|outermost| outermost.replace(inner))),
    }
}
