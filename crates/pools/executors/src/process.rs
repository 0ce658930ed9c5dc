//! The processes of a pool, and what they share.
//!
//! | module | role |
//! |---|---|
//! | `call` | a function of this program, as a number that a forked process understands |
//! | `slots` | the state of each task, in memory that all processes share |
//! | `board` | two rings of records, tasks and replies, and the waiting at them |
//! | `worker` | the life of a worker |
//! | `keeper` | starts the workers, and others in the place of dead ones |
//! | `dispatch` | the side of the process that submits the tasks |

pub(crate) mod board;
pub(crate) mod call;
pub(crate) mod dispatch;
pub(crate) mod keeper;
pub(crate) mod slots;
pub(crate) mod worker;
