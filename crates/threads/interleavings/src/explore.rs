//! The exploration: run after run of the program, until every schedule has been tried.

use std::cell::RefCell;
use std::fmt::Debug;
use std::rc::Rc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::Duration;
use std::{panic, thread};

use shared::explored::Explorer;

use crate::error::Error;
use crate::lane;
use crate::limits::Limits;
use crate::report::{End, Outcome, Report};
use crate::run::{self, Run};
use crate::schedule::Schedule;
use crate::search::Search;
use crate::world::World;

/// How often the exploration is looked at, and after how many looks without a step it
/// is given up. Looks are counted, and not the time, so that a machine that sleeps or
/// is busy ends no exploration.
const LOOK: Duration = Duration::from_millis(100);
const LOOKS: u32 = 10;

/// Runs `program` once under every schedule of its threads.
///
/// A schedule fails if the program panics or deadlocks in it; so what must be true at
/// the end is asserted. A value that the program returns is an outcome, and the report
/// has each outcome once, with its number and its shortest schedule.
///
/// The program runs in a thread of its own, and all its threads run there. It is to use
/// the types of [`sync`](crate::sync) and [`thread`](crate::thread), to make all that
/// it works on by itself, and to do the same in every run with the same schedule. What
/// `say!`, `claim!` and a panic print is left out, and `pace::sleep` takes no time.
///
/// ```
/// use interleavings::sync::atomic::{AtomicI64, Ordering::Relaxed};
/// use interleavings::{Limits, explore, thread};
///
/// let report = explore(
///     || {
///         let n = AtomicI64::new(2);
///         thread::scope(|scope| {
///             for _ in 0..2 {
///                 scope.spawn(|| n.store(n.load(Relaxed) - 1, Relaxed));
///             }
///         });
///         assert_eq!(n.into_inner(), 0, "no decrement is lost");
///     },
///     Limits::default(),
/// )?;
/// assert_eq!((report.schedules, report.failures), (6, 4));
/// # Ok::<(), interleavings::Error>(())
/// ```
///
/// # Errors
/// [`Error::Nondeterministic`] if two runs with the same schedule differ,
/// [`Error::Stuck`] if no thread takes a step for a second, and [`Error::Start`] if
/// there is no memory for the threads.
pub fn explore<T: Debug>(
    program: impl Fn() -> T + Send + 'static,
    limits: Limits,
) -> Result<Report, Error> {
    searched(program, limits, Search::new(limits.search))
}

/// Runs `program` once, under the schedule in which its threads take their steps in
/// this order: `[1, 2, 2, 1]`.
///
/// The numbers are those of [`Step::thread`](crate::Step::thread). If the program takes
/// more steps than are given, a thread then goes on as long as it can.
///
/// ```
/// use interleavings::sync::atomic::{AtomicI64, Ordering::Relaxed};
/// use interleavings::{replay, thread};
///
/// let count_down = || {
///     let n = AtomicI64::new(2);
///     thread::scope(|scope| {
///         for _ in 0..2 {
///             scope.spawn(|| n.store(n.load(Relaxed) - 1, Relaxed));
///         }
///     });
///     n.into_inner()
/// };
/// assert_eq!(replay(count_down, &[1, 1, 2, 2])?.end.to_string(), "0");
/// assert_eq!(replay(count_down, &[1, 2, 2, 1])?.end.to_string(), "1");
/// # Ok::<(), interleavings::Error>(())
/// ```
///
/// # Errors
/// [`Error::NotPossible`] if a thread cannot go when it is its turn; else as
/// [`explore`].
pub fn replay<T: Debug>(
    program: impl Fn() -> T + Send + 'static,
    order: &[usize],
) -> Result<Outcome, Error> {
    let once = Limits::default().schedules(1);
    let mut report = searched(program, once, Search::beginning(order))?;
    Ok(report.outcomes.remove(0))
}

fn searched<T: Debug>(
    program: impl Fn() -> T + Send + 'static,
    limits: Limits,
    search: Search,
) -> Result<Report, Error> {
    keep_panics_quiet();
    shared::lane::name_coroutines_by(lane::running);
    shared::explored::ask(Explorer {
        explores: run::exploring,
        sleep: crate::thread::sleep,
    });
    let world = Arc::new(Mutex::new(World::default()));
    let (done, result) = sync_channel(1);
    let seen = Arc::clone(&world);
    let explorer =
        thread::Builder::new().name("explorer".to_owned()).spawn(move || {
            let report = through_all(&Rc::new(program), limits, search, seen);
            // The receiver has gone if it has given up.
            drop(done.send(report));
        })?;
    let world = || world.lock().unwrap_or_else(PoisonError::into_inner);
    let (mut beats, mut looks) = (0, 0);
    loop {
        match result.recv_timeout(LOOK) {
            Ok(report) => {
                // Its last words; then it ends.
                drop(explorer.join());
                return report;
            }
            Err(RecvTimeoutError::Timeout) => {
                let now = world().beats();
                looks = if now == beats { looks + 1 } else { 0 };
                beats = now;
                if looks == LOOKS {
                    return Err(Error::Stuck(world().stands()));
                }
            }
            Err(RecvTimeoutError::Disconnected) => match explorer.join() {
                Err(fault) => panic::resume_unwind(fault),
                Ok(()) => unreachable!("the explorer sends its report before it ends"),
            },
        }
    }
}

fn through_all<T: Debug>(
    program: &Rc<impl Fn() -> T + 'static>,
    limits: Limits,
    mut search: Search,
    world: Arc<Mutex<World>>,
) -> Result<Report, Error> {
    let run = Run::open(world);
    let mut report = Report {
        schedules: 0,
        failures: 0,
        cut: 0,
        complete: false,
        outcomes: Vec::new(),
        kept: Vec::new(),
    };
    while report.schedules < limits.schedules {
        let end = one(&run, &mut search, program, limits.steps);
        run.end();
        if let Some(end) = end? {
            search.check_order()?;
            let world = run.world();
            let length = (search.preemptions(), world.steps().len());
            report.add(end, length, limits.keep, || Schedule {
                threads: world.names(),
                steps: world.steps().to_vec(),
                preemptions: search.preemptions(),
            });
        }
        if !search.next() {
            report.complete = report.cut == 0;
            break;
        }
    }
    Ok(report)
}

/// Runs the program once. `None` if the schedule is no different from an earlier one.
fn one<T: Debug>(
    run: &Run,
    search: &mut Search,
    program: &Rc<impl Fn() -> T + 'static>,
    most_steps: usize,
) -> Result<Option<End>, Error> {
    let returned = Rc::new(RefCell::new(None));
    let main = {
        let (program, returned) = (Rc::clone(program), Rc::clone(&returned));
        move || {
            let value = format!("{:?}", program());
            *returned.borrow_mut() = Some(value);
        }
    };
    run.begin(Box::new(main))?;
    let mut candidates = Vec::new();
    loop {
        run.settle();
        run.world().candidates(&mut candidates);
        if candidates.is_empty() {
            if run.world().wake_idle() {
                continue;
            }
            break;
        }
        let Some(thread) = search.choose(&candidates)? else { return Ok(None) };
        if run.world().steps().len() == most_steps {
            return Ok(Some(End::Cut(run.world().stand(thread))));
        }
        run.resume(thread);
    }
    let world = run.world();
    let stands = world.stands();
    Ok(Some(match (world.first_panic(), returned.take()) {
        (Some(message), _) => End::Panicked(message.to_owned()),
        (None, Some(value)) if stands.is_empty() => End::Returned(value),
        (None, _) => End::Deadlocked(stands),
    }))
}

/// Silences the panics of explored threads; those of others are reported as before.
fn keep_panics_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !run::exploring() {
                report(panic);
            }
        }));
    });
}
