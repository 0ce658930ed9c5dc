//! The greenlets of a scope, and the switch between them: all unsafe code is in this
//! file.
//!
//! corosensei's coroutines only go back to the code that resumed them, so no greenlet
//! resumes another: each suspends itself back to the main code's stack, where a loop,
//! the trampoline, resumes the next greenlet.

use std::cell::{Cell, RefCell, UnsafeCell};
use std::io;
use std::ptr::NonNull;
use std::rc::Rc;

use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult, Yielder};

/// The size of a greenlet's stack, which has a guard page below it. Only the pages that
/// are used take memory.
const STACK_BYTES: usize = 1024 * 1024;

/// The greenlets of a scope, of which one runs.
pub(crate) struct World {
    /// The running greenlet. Changes only together with the stack.
    current: Cell<NonNull<Node>>,
    /// Leads from the stack of the running greenlet back to the trampoline. None for
    /// the main code and for a greenlet that is being killed, which cannot go back.
    //
    // It is here, and not in each node, because a switch that found it through
    // `current`, which has only just been written, would cost half as much again.
    way_out: Cell<Option<NonNull<WayOut>>>,
    main: Rc<Node>,
    /// Only grows, so that pointers to nodes stay valid while the world exists.
    greenlets: RefCell<Vec<Rc<Node>>>,
    began_unwinding: bool,
}

/// One greenlet, or the scope's main code.
pub(crate) struct Node {
    pub(crate) name: String,
    parent: Option<NonNull<Node>>,
    pub(crate) state: Cell<State>,
    inner: RefCell<Option<Rc<World>>>,
    /// Exists from `prepare` until the greenlet is dead; the main code has none. It
    /// yields the next node when it suspends itself, and returns it when it ends.
    coroutine: UnsafeCell<Option<Stackful>>,
}

type Stackful = Coroutine<(), NonNull<Node>, NonNull<Node>>;
type WayOut = Yielder<(), NonNull<Node>>;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// Has no function yet.
    New,
    /// Has a function and has not begun, runs, or waits in a switch.
    Alive,
    /// Waits for a greenlet that it kills.
    Killing,
    /// Is being killed: it unwinds, and does not switch any more.
    Dying,
    /// Has ended.
    Dead,
}

impl World {
    pub(crate) fn new() -> Rc<Self> {
        let main = Rc::new(Node::new("main".to_owned(), None, State::Alive));
        Rc::new(Self {
            current: Cell::new(NonNull::from(&*main)),
            way_out: Cell::new(None),
            main,
            greenlets: RefCell::default(),
            began_unwinding: std::thread::panicking(),
        })
    }

    /// Adds a child of the running greenlet.
    pub(crate) fn add(&self, name: String) -> &Node {
        let node = Rc::new(Node::new(name, Some(self.current.get()), State::New));
        let pointer = NonNull::from(&*node);
        self.greenlets.borrow_mut().push(node);
        self.at(pointer)
    }

    pub(crate) fn greenlet(&self, index: usize) -> Option<Rc<Node>> {
        self.greenlets.borrow().get(index).map(Rc::clone)
    }

    #[inline]
    pub(crate) fn current(&self) -> &Node {
        self.at(self.current.get())
    }

    pub(crate) fn is_main(&self, node: &Node) -> bool {
        std::ptr::eq(node, &raw const *self.main)
    }

    /// The greenlet that made `node`; the main code has none.
    pub(crate) fn parent(&self, node: &Node) -> Option<&Node> {
        node.parent.map(|parent| self.at(parent))
    }

    /// The node behind one of this world's own pointers.
    #[inline]
    #[expect(
        clippy::unused_self,
        reason = "the node lives as long as the world that it is borrowed from"
    )]
    fn at(&self, node: NonNull<Node>) -> &Node {
        // SAFETY: `current` and `parent` only ever point to `main` or into `greenlets`,
        // and none of these is dropped before `self`. Nodes are never borrowed mutably.
        unsafe { node.as_ref() }
    }

    /// The way from the running greenlet to another, if both are alive, neither is the
    /// main code, and no panic is under way.
    #[inline]
    pub(crate) fn way_to<'a>(&'a self, to: &'a Node) -> Option<Way<'a>> {
        let out = self.way_out.get()?;
        (to.state.get() == State::Alive && !self.is_unwinding()).then_some(Way {
            from: self,
            out,
            to,
        })
    }

    /// Whether the running greenlet is in a destructor that a panic has called.
    #[inline]
    pub(crate) fn is_unwinding(&self) -> bool {
        // In a scope that a destructor opens during a panic, the thread is panicking
        // from the beginning.
        std::thread::panicking() && !self.began_unwinding
    }

    /// The greenlet that goes on in place of the dead `node`: its nearest ancestor that
    /// is alive, as the main code always is.
    pub(crate) fn heir_of<'a>(&'a self, node: &'a Node) -> &'a Node {
        let mut heir = node;
        while let (State::Dead, Some(parent)) = (heir.state.get(), self.parent(heir)) {
            heir = parent;
        }
        heir
    }

    /// Goes from the main code to `node`, which is alive, and returns when a greenlet
    /// goes to the main code.
    ///
    /// This is the trampoline: it runs greenlet after greenlet, on the stack of the
    /// main code.
    pub(crate) fn go_from_main(&self, node: &Node) {
        self.current.set(NonNull::from(node));
        // Each greenlet names the next one, because reading `current` takes longer.
        let mut next = NonNull::from(node);
        // SAFETY: the greenlet does not run: the last one has just been suspended or
        // has ended, and no switch leads to a greenlet that waits for one that it
        // kills.
        while let Some(gone_to) = unsafe { self.at(next).resume() } {
            next = gone_to;
        }
        self.way_out.set(None);
    }

    /// Makes the heir of `node`, which has ended, the running greenlet.
    pub(crate) fn pass_on(&self, node: &Node) -> NonNull<Node> {
        let heir = NonNull::from(self.heir_of(node));
        self.current.set(heir);
        heir
    }

    /// Unwinds `node`, which is alive and does not run, on top of the running greenlet.
    pub(crate) fn kill(&self, node: &Node) {
        let killer = self.at(self.current.replace(NonNull::from(node)));
        let (before, way_out) =
            (killer.state.replace(State::Killing), self.way_out.take());
        node.state.set(State::Dying);
        // SAFETY: the caller knows that `node` does not run.
        unsafe { node.resume() };
        assert!(
            node.state.get() == State::Dead,
            "greenlet {} left while it was being killed",
            node.name
        );
        killer.state.set(before);
        self.way_out.set(way_out);
        self.current.set(NonNull::from(killer));
    }

    /// Takes the way out from the running greenlet, which is being killed.
    pub(crate) fn close_way_out(&self) {
        self.way_out.set(None);
    }

    /// Gives the new greenlet `node` a stack and its code, which returns the next node.
    ///
    /// # Errors
    /// If the system has no memory for the stack.
    ///
    /// # Safety
    /// The borrows of `body` must outlive the coroutine: before they end, the node must
    /// be run to its end or killed.
    pub(crate) unsafe fn prepare(
        &self,
        node: &Node,
        body: impl FnOnce() -> NonNull<Node>,
    ) -> io::Result<()> {
        let stack = DefaultStack::new(STACK_BYTES)?;
        // A box, because corosensei puts the closure's captures on the new stack, and
        // allows no more than a KiB.
        let body = Box::new(body);
        let (world, this) = (NonNull::from(self), NonNull::from(node));
        let begin = move |way_out: &WayOut, ()| {
            // SAFETY: the world owns the node, and the node the coroutine, so both
            // exist while it runs.
            let (world, node) = unsafe { (world.as_ref(), this.as_ref()) };
            if node.state.get() == State::Alive {
                world.way_out.set(Some(NonNull::from(way_out)));
            }
            body()
        };
        // SAFETY: the caller guarantees the borrows of `body`.
        let coroutine = unsafe { Coroutine::with_stack_unchecked(stack, begin) };
        // SAFETY: the greenlet is new, so there is no reference to its coroutine.
        unsafe { *node.coroutine.get() = Some(coroutine) };
        node.state.set(State::Alive);
        Ok(())
    }
}

/// A way to another greenlet.
pub(crate) struct Way<'a> {
    from: &'a World,
    out: NonNull<WayOut>,
    to: &'a Node,
}

impl Way<'_> {
    /// Goes there, and returns at the switch back.
    #[inline]
    pub(crate) fn go(self) {
        let Self { from: world, out, to } = self;
        world.current.set(NonNull::from(to));
        // SAFETY: it is at the root of the caller's stack, so it exists; and its
        // coroutine is the innermost one of this world that runs.
        unsafe { out.as_ref() }.suspend(NonNull::from(to));
        world.way_out.set(Some(out));
    }
}

impl Node {
    fn new(name: String, parent: Option<NonNull<Node>>, state: State) -> Self {
        Self {
            name,
            parent,
            state: Cell::new(state),
            inner: RefCell::default(),
            coroutine: UnsafeCell::new(None),
        }
    }

    /// The scope that this greenlet has opened, while it is open.
    pub(crate) fn inner(&self) -> Option<Rc<World>> {
        self.inner.borrow().clone()
    }

    pub(crate) fn set_inner(&self, inner: Option<Rc<World>>) {
        // The old value is dropped after the borrow has ended.
        drop(self.inner.replace(inner));
    }

    /// Runs the greenlet until it suspends itself or ends, and returns the next node;
    /// `None` if this is the main code. The stack of a greenlet that has ended is
    /// freed.
    ///
    /// # Safety
    /// The greenlet must not be running already.
    #[inline]
    unsafe fn resume(&self) -> Option<NonNull<Node>> {
        // SAFETY: only `prepare` and this function use the coroutine: the first before
        // it exists, the other never while it runs.
        let coroutine = unsafe { &mut *self.coroutine.get() };
        match coroutine.as_mut()?.resume(()) {
            CoroutineResult::Yield(next) => Some(next),
            CoroutineResult::Return(next) => {
                *coroutine = None;
                Some(next)
            }
        }
    }
}
