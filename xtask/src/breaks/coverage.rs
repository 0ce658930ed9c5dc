//! The claims that have no break.

use std::collections::BTreeMap;
use std::io::Write as _;

use anyhow::Result;
use serde::Serialize;

use super::catalog::{Break, Expected};
use crate::play::usual::Unbroken;
use crate::print::table::{BAD, GOOD, Look};
use crate::print::units::counted;
use crate::programs::Program;

/// The claims of the scenes asked for, and those among them that have no break.
#[derive(Debug, Serialize)]
pub struct Coverage {
    /// How many claims there are.
    pub claims: usize,
    pub without: Vec<Claim>,
}

/// A claim that has no break.
#[derive(Debug, Serialize)]
pub struct Claim {
    topic: String,
    /// The scenes that make it.
    scenes: Vec<String>,
    file: String,
    /// The sentence as it stands in the source.
    sentence: String,
}

impl Coverage {
    /// A claim is known by its file and its sentence. It is covered if a break of a
    /// scene that makes it announces that it goes red.
    pub fn of(programs: &[Program], breaks: &[Break], unbroken: &Unbroken) -> Self {
        let (mut claims, mut without) = (0, Vec::new());
        for program in programs {
            let topic = &program.topic.name;
            let mut made: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
            for scene in &program.scenes {
                let usual = &unbroken[&(topic.clone(), scene.name.clone())];
                for (file, sentence) in &usual.claims {
                    made.entry((file, sentence)).or_default().push(&scene.name);
                }
            }
            claims += made.len();
            for ((file, sentence), scenes) in made {
                let covers = |one: &&Break| {
                    one.topic == *topic
                        && scenes.contains(&one.scene.as_str())
                        && one.breaks(sentence)
                };
                if breaks.iter().any(|one| covers(&one)) {
                    continue;
                }
                without.push(Claim {
                    topic: topic.clone(),
                    scenes: scenes.into_iter().map(str::to_owned).collect(),
                    file: file.to_owned(),
                    sentence: sentence.to_owned(),
                });
            }
        }
        Self { claims, without }
    }

    /// Whether every claim has a break.
    pub fn is_complete(&self) -> bool {
        self.without.is_empty()
    }

    /// Prints the claims that have no break, on standard output.
    pub fn print(&self, json: bool) -> Result<()> {
        let mut stdout = std::io::stdout().lock();
        if json {
            writeln!(stdout, "{}", serde_json::to_string_pretty(self)?)?;
            return Ok(());
        }
        let mut file = "";
        for claim in &self.without {
            if claim.file != file {
                file = &claim.file;
                let (topic, scenes) = (&claim.topic, claim.scenes.join(", "));
                writeln!(stdout, "{topic}/{scenes} ({file})")?;
            }
            writeln!(stdout, "  {}", claim.sentence)?;
        }
        let style = if self.is_complete() { GOOD } else { BAD };
        writeln!(stdout, "{}", Look::of(&stdout).paint(style, &self.in_a_line()))?;
        Ok(())
    }

    /// `216 claims, 3 without a break`.
    pub fn in_a_line(&self) -> String {
        let without = match self.without.len() {
            0 => "each with a break".to_owned(),
            without => format!("{without} without a break"),
        };
        format!("{}, {without}", counted(self.claims, "claim"))
    }
}

impl Break {
    /// Whether it announces that the claim goes red.
    fn breaks(&self, sentence: &str) -> bool {
        let Expected::Broken(claims) = &self.expected else { return false };
        claims.iter().any(|claim| claim == sentence)
    }
}
