//! A function of a scene as a program that the runner can have explored.

use std::fmt::Debug;

use shared::exploration::{self, Asked, Exploration, Kept, Program, Which};

use crate::explore::{explore, replay};
use crate::limits::Limits;
use crate::report::{End, Outcome, Report};
use crate::schedule::{Schedule, Step};
use crate::table::Sources;

/// Makes a program of a function in a module of the caller's `scenes`, for
/// [`Scene::explores`](shared::Scene::explores).
///
/// ```
/// # mod scenes {
/// #     pub mod crosswise {
/// #         pub fn in_order() {}
/// #         pub fn play() -> shared::Result { Ok(()) }
/// #     }
/// # }
/// use shared::Scene;
///
/// let scene = Scene::new("crosswise", "//! N2.1: two locks.", scenes::crosswise::play)
///     .explores(interleavings::program!(crosswise::in_order));
/// ```
#[macro_export]
macro_rules! program {
    ($scene:ident::$function:ident) => {
        $crate::program(::std::stringify!($function), scenes::$scene::$function)
    };
}

/// A function as a program that can be explored on request; [`program!`] names it by
/// itself.
pub fn program<T: Debug + 'static>(name: &str, function: fn() -> T) -> Program {
    Program::new(name, move |asked| Ok(explored(function, asked)?))
}

fn explored<T: Debug + 'static>(
    function: fn() -> T,
    asked: &Asked,
) -> Result<Exploration, crate::Error> {
    let limits = Limits::default().keep(asked.keep);
    let limits = asked.most.map_or(limits, |most| limits.schedules(most));
    let report = match &asked.which {
        Which::All => explore(function, limits)?,
        Which::Distinct => explore(function, limits.distinct())?,
        Which::Preemptions(most) => explore(function, limits.preemptions(*most))?,
        Which::One(order) => Report::of_one(replay(function, order)?),
    };
    Ok(report.plain())
}

impl Report {
    /// The report of the only schedule that was asked for.
    fn of_one(outcome: Outcome) -> Self {
        Self {
            schedules: 1,
            failures: u64::from(outcome.end.is_failure()),
            cut: u64::from(matches!(outcome.end, End::Cut(_))),
            complete: true,
            outcomes: vec![outcome],
            kept: Vec::new(),
        }
    }

    fn plain(&self) -> Exploration {
        let mut sources = Sources::default();
        let outcomes = self.outcomes.iter().map(|outcome| exploration::Outcome {
            end: outcome.end.to_string(),
            fails: outcome.end.is_failure(),
            schedules: outcome.schedules,
            shortest: outcome.shortest.plain(&mut sources),
            lines: outcome.lines(),
        });
        let outcomes = outcomes.collect();
        let kept = self.kept.iter().map(|(outcome, schedule)| Kept {
            outcome: *outcome,
            schedule: schedule.plain(&mut sources),
        });
        Exploration {
            schedules: self.schedules,
            failures: self.failures,
            cut: self.cut,
            complete: self.complete,
            outcomes,
            kept: kept.collect(),
        }
    }
}

impl Schedule {
    fn plain(&self, sources: &mut Sources) -> exploration::Schedule {
        let step = |step: &Step| exploration::Step {
            thread: step.thread,
            file: step.place.file().to_owned(),
            line: step.place.line(),
            source: sources.of_step(step),
            effect: step.effect.to_string(),
        };
        exploration::Schedule {
            threads: self.threads.clone(),
            preemptions: self.preemptions,
            steps: self.steps.iter().map(step).collect(),
        }
    }
}
