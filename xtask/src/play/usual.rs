//! How the scenes play that nothing has broken: which claims they make, and how long
//! they take.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Result, bail};
use shared::Need;
use shared::trace::Kind;

use super::turns::Turns;
use crate::programs::Program;
use crate::supervise::{Interrupted, Order};

/// How long a broken scene may take, at least.
const LEAST: Duration = Duration::from_secs(5);

/// How many times as long as usual a broken scene may take.
const TIMES: u32 = 10;

/// How long an unbroken scene may take.
const DEADLINE: Duration = Duration::from_mins(1);

/// The scenes when nothing is broken, by topic and name.
pub type Unbroken = BTreeMap<(String, String), Usual>;

/// A scene as it plays when nothing is broken.
pub struct Usual {
    /// How long it takes.
    pub time: Duration,
    /// The claims that it makes: file, and sentence as it stands in the source.
    pub claims: BTreeSet<(String, String)>,
    /// The line by which it was skipped.
    pub skipped: Option<String>,
}

/// Plays all scenes as they are, to know their claims and how long they take.
pub fn play(programs: &[Program], turns: &Turns) -> Result<Unbroken> {
    let scenes = programs
        .iter()
        .flat_map(|program| program.scenes.iter().map(move |scene| (program, scene)));
    let queue: Mutex<VecDeque<_>> = Mutex::new(scenes.collect());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let unbroken = Mutex::new(Unbroken::new());
    let work = || -> Result<()> {
        while let Some((program, scene)) = next() {
            let play = || Usual::of(program, &scene.name);
            let usual = if scene.needs.contains(&Need::Alone) {
                turns.alone(play)?
            } else {
                turns.together(play)?
            };
            let key = (program.topic.name.clone(), scene.name.clone());
            unbroken.lock().unwrap_or_else(PoisonError::into_inner).insert(key, usual);
        }
        Ok(())
    };
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..4 * cores).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| {
            worker.join().unwrap_or_else(|_| bail!("a thread that plays panicked"))
        })
    })?;
    Ok(unbroken.into_inner().unwrap_or_else(PoisonError::into_inner))
}

impl Usual {
    /// Plays a scene. All its claims must hold.
    pub fn of(program: &Program, scene: &str) -> Result<Self> {
        let report = Order::sandboxed(&program.path, DEADLINE).args([scene]).run()?;
        if crate::supervise::interrupted() {
            bail!(Interrupted);
        }
        let topic = &program.topic.name;
        if report.failed().is_some() || !report.broken.is_empty() {
            bail!(
                "{topic}/{scene} fails before anything is broken: \
                 cargo xtask play {topic}/{scene}"
            );
        }
        let skipped = report.skipped();
        let claims =
            report.records.into_iter().filter_map(|record| match record.kind {
                Kind::Claim { sentence, file, .. } => Some((file, sentence)),
                _ => None,
            });
        Ok(Self { time: report.time, claims: claims.collect(), skipped })
    }

    /// How long the scene may take when it is broken: ten times as long as usual, and
    /// five seconds at least.
    pub fn limit(&self) -> Duration {
        LEAST.max(self.time * TIMES)
    }
}
