//! The keeper: the process that starts the workers, and another one for each that ends.
//!
//! It is forked before its parent has any thread, and never has one itself. So it can
//! fork at any time, when its parent could not.

use ipc_pipe::{Awaited, Connection, wait};
use processes::{Exit, Family, Process, scope};

use crate::error::TaskError;
use crate::process::board::Board;
use crate::process::worker::{Routine, work};

/// How many workers in a row may die before they have begun to take tasks.
const STILLBORN: u32 = 100;

/// Why a keeper has given up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GivenUp {
    #[error(transparent)]
    Processes(#[from] processes::Error),
    #[error("cannot wait for the workers: {0}")]
    Wait(#[from] std::io::Error),
    #[error("a worker could not be initialized: {0}")]
    Initializer(Exit),
    #[error("{STILLBORN} workers in a row have died before they took a task: {0}")]
    Stillborn(Exit),
}

/// The parent asks its keeper to end, with all workers.
pub(crate) type Stop = ();

/// The life of the keeper of so many workers: until they have nothing left to do, or
/// its parent asks it to stop. Then the workers are terminated as the family ends.
pub(crate) fn keep(
    board: &Board,
    workers: u32,
    routine: &Routine,
    control: &Connection<Stop>,
) -> Result<(), GivenUp> {
    scope(|family| {
        let mut crew = Crew { family, board, routine, started: 0, stillborn: 0 };
        let mut alive = Vec::new();
        for place in 0..workers {
            alive.push((place, crew.start(place)?));
        }
        while !alive.is_empty() {
            let mut awaited: Vec<&dyn Awaited> = vec![control];
            awaited.extend(alive.iter().map(|(_, worker)| worker as &dyn Awaited));
            let ready = wait(&awaited, None)?;
            if ready.contains(&0) {
                return Ok(());
            }
            // From the last on: what is removed moves none of those before it.
            for at in ready.into_iter().rev() {
                let (place, worker) = alive.remove(at - 1);
                let Some(exit) = worker.exit_status()? else {
                    alive.push((place, worker));
                    continue;
                };
                if let Some(next) = crew.replace(place, exit)? {
                    alive.push((place, next));
                }
            }
        }
        Ok(())
    })
}

struct Crew<'a> {
    family: &'a Family,
    board: &'a Board,
    routine: &'a Routine,
    started: u32,
    stillborn: u32,
}

impl Crew<'_> {
    fn start(&mut self, place: u32) -> Result<Process, GivenUp> {
        self.started += 1;
        self.board.set_begun(place, false);
        let name = format!("worker-{}", self.started);
        Ok(self.family.daemon(&name, || work(self.board, place, self.routine))?)
    }

    /// Replies for a worker that has ended, if it had a task in hand, and starts
    /// another one, if there can still be tasks.
    fn replace(&mut self, place: u32, exit: Exit) -> Result<Option<Process>, GivenUp> {
        // A task that the worker has replied to, but not ended, has two replies then.
        // The first one counts, and this one comes later.
        for id in self.board.slots.claimed_by(place) {
            let broken = TaskError::BrokenWorker { exit };
            self.board.reply(id, &Err(broken), &[]);
            self.board.slots.end(id, place);
        }
        if self.board.has_begun(place) {
            self.stillborn = 0;
        } else if matches!(exit, Exit::Ok | Exit::Code(_)) {
            return Err(GivenUp::Initializer(exit));
        } else {
            self.stillborn += 1;
            if self.stillborn == STILLBORN {
                return Err(GivenUp::Stillborn(exit));
            }
        }
        if self.board.is_finished() { Ok(None) } else { self.start(place).map(Some) }
    }
}
