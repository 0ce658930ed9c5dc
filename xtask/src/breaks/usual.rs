//! How the scenes play that nothing has broken: which claims they make, and how long
//! they take.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Result, bail};
use shared::trace::Kind;

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
    time: Duration,
    /// The claims that it makes: file, and sentence as it stands in the source.
    pub claims: BTreeSet<(String, String)>,
    /// The line by which it was skipped.
    pub skipped: Option<String>,
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
