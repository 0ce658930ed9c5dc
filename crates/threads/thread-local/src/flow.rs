//! Which flow runs here: a thread, a coroutine, a scope within one of them.

use std::any::Any;
use std::cell::RefCell;
use std::mem;
use std::rc::Rc;
use std::sync::Arc;

use processes::ProcessToken;
use tokio::task;

use crate::stack;
use crate::table::{Dropped, Entry, Key, Table};

/// A thread or a coroutine: its values, and those of the scopes that it is in.
///
/// The scopes are here rather than in the thread because a coroutine that is suspended
/// within a scope takes them along to another thread.
#[derive(Debug)]
pub(crate) struct Flow {
    /// The first one is its own; the innermost scope is last.
    frames: Vec<Frame>,
    /// How many scopes were entered: the number of the next one.
    entered: u64,
    /// The process whose values they are; a forked child finds its parent's.
    process: ProcessToken,
}

#[derive(Debug)]
struct Frame {
    number: u64,
    /// The tokio task that is in the scope, if one is.
    task: Option<task::Id>,
    /// Whether the frames before are another flow's.
    begins_flow: bool,
    table: Table,
}

/// There is no flow of which a value could be: a tokio task runs without a scope.
#[derive(Debug)]
pub(crate) struct NoScope;

/// What a scope adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Adds {
    /// Values to those of the scope around it, if there is one in the same task.
    Values,
    /// A flow that has no others.
    Flow,
}

std::thread_local! {
    static THREAD: RefCell<Flow> = RefCell::new(Flow::new());
}

may::coroutine_local!(static COROUTINE: RefCell<Flow> = RefCell::new(Flow::new()));

/// Calls `act` with the thread or coroutine that runs here; `None` if it is a thread
/// that is about to end and has dropped its values. `act` calls no code of the user.
///
/// It is not inlined: a coroutine may have moved to another thread since the last call,
/// so the place of the thread-locals must be looked up anew.
#[inline(never)]
pub(crate) fn with<R>(act: impl FnOnce(&mut Flow) -> R) -> Option<R> {
    let act = |flow: &RefCell<Flow>| {
        let mut flow = flow.borrow_mut();
        flow.notice_fork();
        act(&mut flow)
    };
    if runs_in_coroutine() {
        Some(COROUTINE.with(act))
    } else {
        THREAD.try_with(act).ok()
    }
}

/// Whether a coroutine of may runs here. It has a stack of its own, so may is not asked
/// where the stack is the thread's: may's generator keeps 256 bytes for each thread
/// that has asked, for ever.
fn runs_in_coroutine() -> bool {
    stack::is_not_the_threads() && may::coroutine::is_coroutine()
}

impl Flow {
    fn new() -> Self {
        let own =
            Frame { number: 0, task: None, begins_flow: true, table: Table::default() };
        Self { frames: vec![own], entered: 0, process: ProcessToken::current() }
    }

    /// The value of that `Local` in the running flow.
    pub fn get(&self, key: *const Key) -> Option<Rc<dyn Any>> {
        let frames = &self.frames[self.start().ok()?..];
        frames.iter().rev().find_map(|frame| frame.table.get(key))
    }

    /// Takes the value, to replace the one where it was set, or to add it to the
    /// innermost scope. Returns what is to be dropped.
    pub fn set<T: 'static>(
        &mut self,
        key: &Arc<Key>,
        value: &mut Option<T>,
    ) -> Result<Dropped, NoScope> {
        let start = self.start()?;
        let innermost = self.frames.len() - 1;
        let place = (start..=innermost)
            .rev()
            .find(|&place| self.frames[place].table.has(Arc::as_ptr(key)))
            .unwrap_or(innermost);
        let table = &mut self.frames[place].table;
        Ok(value.take().map(|value| table.set(key, Rc::new(value))).unwrap_or_default())
    }

    /// Removes the innermost value.
    pub fn remove(&mut self, key: *const Key) -> Option<Entry> {
        let start = self.start().ok()?;
        self.frames[start..].iter_mut().rev().find_map(|frame| frame.table.remove(key))
    }

    /// What a new flow inherits of the running one; of a `Local` with several values
    /// the innermost is last.
    pub fn inherited(&self) -> Vec<(Arc<Key>, Rc<dyn Any>)> {
        let frames = self.start().map_or(&[][..], |start| &self.frames[start..]);
        frames.iter().flat_map(|frame| frame.table.inherited()).collect()
    }

    /// Where the frames of the running flow begin.
    fn start(&self) -> Result<usize, NoScope> {
        let innermost = self.frames.len() - 1;
        // A scope may poll other tasks within its own poll, as a `LocalSet` does.
        if self.frames[innermost].task != task::try_id() {
            return Err(NoScope);
        }
        let begins = |frame: &Frame| frame.begins_flow;
        self.frames.iter().rposition(begins).ok_or(NoScope)
    }

    fn enter(&mut self, adds: Adds, table: Table) -> u64 {
        self.entered += 1;
        let task = task::try_id();
        // The thread's or the coroutine's own values are not those of a scope.
        let is_outermost = self.frames.len() == 1;
        let is_of_another_task = self.frames.last().is_some_and(|it| it.task != task);
        let begins_flow = adds == Adds::Flow || is_outermost || is_of_another_task;
        self.frames.push(Frame { number: self.entered, task, begins_flow, table });
        self.entered
    }

    /// Greenlets of one thread may leave their scopes in another order than they have
    /// entered them.
    fn leave(&mut self, number: u64) -> Option<Table> {
        let place = self.frames.iter().rposition(|frame| frame.number == number)?;
        Some(self.frames.remove(place).table)
    }

    fn notice_fork(&mut self) {
        let process = ProcessToken::current();
        if mem::replace(&mut self.process, process) != process {
            self.frames.iter_mut().for_each(|frame| frame.table.begin_child());
        }
    }
}

/// Calls `function` with the values of `table` in place, and takes them back, also if
/// it panics.
pub(crate) fn within<R>(
    table: &mut Table,
    adds: Adds,
    function: impl FnOnce() -> R,
) -> R {
    // A thread at its end has no values any more, and enters no scope.
    let number = with(|flow| flow.enter(adds, mem::take(table)));
    let _leave = number.map(|number| Leave { table, number });
    function()
}

/// Leaves the scope when it is dropped.
struct Leave<'a> {
    table: &'a mut Table,
    number: u64,
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        if let Some(table) = with(|flow| flow.leave(self.number)).flatten() {
            *self.table = table;
        }
    }
}
