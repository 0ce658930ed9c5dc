//! How the scenes play that nothing has broken: which claims they make, and how long
//! they take.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::mpsc::Sender;
use std::time::Duration;

use anyhow::{Result, ensure};
use shared::SceneDescription;
use shared::trace::Kind;

use super::turns::Turns;
use crate::programs::Program;
use crate::supervise::Order;
use crate::workers;

/// How long a broken scene may take, at least: it may wait twice for what never comes,
/// three seconds each time.
const LEAST: Duration = Duration::from_secs(8);

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
    let work = |(program, scene): (&Program, &SceneDescription), events: &Sender<_>| {
        let usual = turns.play(scene, || Usual::of(program, &scene.name))?;
        Ok(events.send(((program.topic.name.clone(), scene.name.clone()), usual))?)
    };
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let mut unbroken = Unbroken::new();
    workers::share(scenes, vec![work; 4 * cores], |(key, usual)| {
        unbroken.insert(key, usual);
    })?;
    Ok(unbroken)
}

impl Usual {
    /// Plays a scene. All its claims must hold.
    fn of(program: &Program, scene: &str) -> Result<Self> {
        let report = Order::sandboxed(&program.path, DEADLINE).args([scene]).run()?;
        let topic = &program.topic.name;
        ensure!(
            report.failed().is_none() && report.broken.is_empty(),
            "{topic}/{scene} fails as it is: cargo xtask play {topic}/{scene}"
        );
        let skipped = report.skipped();
        let claims =
            report.records.into_iter().filter_map(|record| match record.kind {
                Kind::Claim { sentence, file, .. } => Some((file, sentence)),
                _ => None,
            });
        Ok(Self { time: report.time, claims: claims.collect(), skipped })
    }

    /// How long the scene may take when it is broken: ten times as long as usual, and
    /// eight seconds at least.
    pub fn limit(&self) -> Duration {
        LEAST.max(self.time * TIMES)
    }
}
