//! The value, panic or kill that a switch carries from one greenlet to another.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr::NonNull;
use std::rc::Rc;

use crate::Error;
use crate::world::{Node, State, World};

/// A world, and the letter that is under way in it: only one, because only one greenlet
/// runs.
pub(crate) struct Post<T> {
    pub(crate) world: Rc<World>,
    letter: Cell<Option<Letter<T>>>,
}

/// The content with which a greenlet is resumed.
enum Letter<T> {
    Value(T),
    /// The panic that has ended a child.
    Panic(Payload),
    /// The greenlet has to unwind.
    Killed,
}

type Payload = Box<dyn Any + Send>;

/// The payload with which a killed greenlet unwinds, as Python's `GreenletExit`. It has
/// the address of the greenlet's node, because the unwinding of a greenlet of an outer
/// scope may pass a greenlet of an inner scope.
struct Killed(usize);

impl Killed {
    fn unwind(node: &Node) -> ! {
        resume_unwind(Box::new(Self(std::ptr::from_ref(node).addr())))
    }

    fn is(payload: &Payload, node: &Node) -> bool {
        payload
            .downcast_ref::<Self>()
            .is_some_and(|it| it.0 == std::ptr::from_ref(node).addr())
    }
}

impl<T> Post<T> {
    pub(crate) fn new() -> Self {
        Self { world: World::new(), letter: Cell::new(None) }
    }

    /// Goes to `to`, and returns the value of the switch back.
    //
    // Inlined down to the change of stacks, or the processor would mispredict each
    // return: it expects the return of the last call, which was made on another stack.
    // A switch takes three times as long then.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see above")]
    #[track_caller]
    pub(crate) fn switch(&self, to: &Node, value: T) -> T {
        let Some(way) = self.world.way_to(to) else {
            return self.switch_aside(to, value);
        };
        self.send(value);
        way.go();
        self.receive()
    }

    /// A switch from the main code, or a switch that does not lead to `to`.
    #[inline(never)]
    #[track_caller]
    fn switch_aside(&self, to: &Node, value: T) -> T {
        // A second panic would abort the program, and another greenlet would run in the
        // middle of this panic.
        if self.world.is_unwinding() {
            return value;
        }
        let here = self.world.current();
        if here.state.get() == State::Dying {
            Killed::unwind(here);
        }
        assert!(
            to.state.get() != State::New,
            "cannot switch to greenlet {}: it has no function yet",
            to.name
        );
        let heir = self.world.heir_of(to);
        if !self.world.is_main(here) {
            return self.switch(heir, value);
        }
        self.send(value);
        self.world.go_from_main(heir);
        self.receive()
    }

    #[inline]
    fn send(&self, value: T) {
        // The running greenlet has taken the last letter, so there is none to drop, and
        // no need to check.
        std::mem::forget(self.letter.replace(Some(Letter::Value(value))));
    }

    #[inline]
    fn receive(&self) -> T {
        match self.letter.take() {
            Some(Letter::Value(value)) => value,
            other => self.unwind_with(other),
        }
    }

    /// Unwinds the greenlet that has been resumed with this letter.
    #[cold]
    fn unwind_with(&self, letter: Option<Letter<T>>) -> ! {
        match letter {
            Some(Letter::Panic(payload)) => resume_unwind(payload),
            Some(Letter::Killed) => {
                self.world.close_way_out();
                Killed::unwind(self.world.current())
            }
            Some(Letter::Value(_)) | None => {
                unreachable!("a greenlet is resumed with a letter")
            }
        }
    }

    /// Runs a greenlet's function on its own stack, and then writes a letter to its
    /// parent.
    pub(crate) fn live(
        &self,
        node: &Node,
        function: impl FnOnce(T) -> T,
    ) -> NonNull<Node> {
        let outcome = catch_unwind(AssertUnwindSafe(|| match self.letter.take() {
            Some(Letter::Value(value)) => Some(Letter::Value(function(value))),
            _killed_before_it_began => {
                drop(function);
                None
            }
        }));
        let killed = node.state.replace(State::Dead) == State::Dying;
        self.letter.set(match outcome {
            Ok(letter) => letter,
            Err(payload) if killed && Killed::is(&payload, node) => None,
            Err(payload) => Some(Letter::Panic(payload)),
        });
        self.world.pass_on(node)
    }

    pub(crate) fn kill(&self, node: &Node) -> Result<(), Error> {
        let runs = self.world.is_main(node) || std::ptr::eq(node, self.world.current());
        match node.state.get() {
            State::Dead => {}
            State::New => node.state.set(State::Dead),
            State::Alive if !runs => {
                self.letter.set(Some(Letter::Killed));
                self.world.kill(node);
                if let Some(Letter::Panic(payload)) = self.letter.take() {
                    resume_unwind(payload);
                }
            }
            _ => return Err(Error::Runs(node.name.clone())),
        }
        Ok(())
    }

    /// Kills all greenlets in turn, also those that are made meanwhile, and returns the
    /// first panic.
    pub(crate) fn kill_all(&self) -> Option<Payload> {
        let incomplete = AbortOnDrop;
        let mut first = None;
        for node in (0..).map_while(|index| self.world.greenlet(index)) {
            // Only the main code runs, so no kill is refused.
            let killed = catch_unwind(AssertUnwindSafe(|| self.kill(&node)));
            match killed {
                Err(payload) if first.is_none() => first = Some(payload),
                Err(payload) => discard(payload),
                Ok(_) => {}
            }
        }
        std::mem::forget(incomplete);
        first
    }
}

/// Aborts the program if greenlets are left waiting: they would unwind while their
/// world is freed.
struct AbortOnDrop;

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        std::process::abort();
    }
}

/// Drops a payload that is not passed on. If its destructor panics, the payload of that
/// panic is leaked.
pub(crate) fn discard(payload: Payload) {
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(again);
    }
}
