//! Progress on standard error: a bar on a terminal, a line for each topic elsewhere.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::ProgressBar;

use crate::play::outcome::Outcome;
use crate::print::bar;
use crate::print::note::note;
use crate::print::table::{BAD, FAINT, GOOD, Look};

/// What has been played so far.
pub struct Progress {
    look: Look,
    /// Hidden where standard error is no terminal.
    bar: ProgressBar,
    playing: Vec<String>,
    topics: BTreeMap<String, Tally>,
}

#[derive(Default)]
struct Tally {
    to_play: usize,
    passed: usize,
    failed: usize,
    skipped: usize,
    claims: usize,
    time: Duration,
}

impl Progress {
    /// Nothing has been played yet of these scenes, told by their topics.
    pub fn begin<'a>(topics_of_scenes: impl Iterator<Item = &'a str>) -> Self {
        let mut topics: BTreeMap<String, Tally> = BTreeMap::new();
        for topic in topics_of_scenes {
            topics.entry(topic.to_owned()).or_default().to_play += 1;
        }
        let scenes: usize = topics.values().map(|tally| tally.to_play).sum();
        let bar = bar::of(scenes);
        Self { look: Look::of(&std::io::stderr()), bar, playing: Vec::new(), topics }
    }

    pub fn begun(&mut self, topic: &str, scene: &str) {
        self.playing.push(format!("{topic}/{scene}"));
        self.bar.set_message(self.playing.join(" "));
    }

    pub fn ended(&mut self, topic: &str, scene: &str, outcome: &Outcome) {
        let name = format!("{topic}/{scene}");
        self.playing.retain(|playing| *playing != name);
        self.bar.set_message(self.playing.join(" "));
        self.bar.inc(1);
        // Elsewhere this is only said once, at the end.
        if let Some(reason) = outcome.reasons.first().filter(|_| !self.bar.is_hidden())
        {
            self.tell(&format!("{} {name}: {reason}", self.look.paint(BAD, "✗")));
        }

        let Some(tally) = self.topics.get_mut(topic) else { return };
        tally.to_play -= 1;
        tally.claims += outcome.claims;
        tally.time += outcome.time;
        let fared = match (outcome.reasons.is_empty(), &outcome.skipped) {
            (false, _) => &mut tally.failed,
            (true, Some(_)) => &mut tally.skipped,
            (true, None) => &mut tally.passed,
        };
        *fared += 1;
        if tally.to_play == 0 {
            let line = tally.in_a_line(topic, self.look);
            self.tell(&line);
        }
    }

    pub fn end(&self) {
        self.bar.finish_and_clear();
    }

    fn tell(&self, line: &str) {
        if self.bar.is_hidden() { note(line) } else { self.bar.println(line) }
    }
}

impl Tally {
    fn in_a_line(&self, topic: &str, look: Look) -> String {
        let Self { passed, failed, skipped, claims, time, .. } = self;
        let sign =
            if *failed == 0 { look.paint(GOOD, "✓") } else { look.paint(BAD, "✗") };
        let failed =
            if *failed == 0 { String::new() } else { format!(", {failed} failed") };
        let skipped =
            if *skipped == 0 { String::new() } else { format!(", {skipped} skipped") };
        let rest = format!(
            "{passed} passed{failed}{skipped}, {claims} claims, {:.1} s",
            time.as_secs_f64()
        );
        format!("{sign} {topic} {}", look.paint(FAINT, &rest))
    }
}
