//! The life of a worker process: it takes tasks, one after the other, and replies.

use std::num::NonZeroU32;
use std::sync::Arc;

use processes::ProcessToken;
use shared::lane;

use crate::process::board::{Board, HEAD};

/// What each worker does beside its tasks.
#[derive(Clone, Default)]
pub(crate) struct Routine {
    /// Called first.
    pub(crate) initializer: Option<Arc<dyn Fn() + Send + Sync>>,
    /// The worker ends after so many tasks.
    pub(crate) max_tasks: Option<NonZeroU32>,
}

/// Works until there is nothing left to do, or it has done its share.
pub(crate) fn work(board: &Board, worker: u32, routine: &Routine) {
    if let Some(initializer) = &routine.initializer {
        initializer();
    }
    board.set_begun(worker, true);
    let me = ProcessToken::current();
    let (mut record, mut value) = (Vec::new(), Vec::new());
    let mut done = 0;
    while let Some(task) = board.take(worker, &mut record) {
        value.clear();
        // SAFETY: the process that has submitted the task has forked the keeper, and
        // the keeper this worker; no other process has the ring.
        let reply = unsafe { task.call.run(&record[HEAD..], &mut value) };
        if ProcessToken::current() != me {
            // It would reply to the same task a second time, and go on to the next.
            eprintln!("a copy of {}, forked by a task, outlives it", lane::process());
            std::process::abort();
        }
        board.reply(task.id, &reply, &value);
        board.slots.end(task.id, worker);
        done += 1;
        if routine.max_tasks.is_some_and(|most| done == most.get()) {
            return;
        }
    }
}
