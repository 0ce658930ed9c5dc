//! Randomness that a reader can have again: it follows from SEED, which every run
//! prints.

use crate::line;

const DEFAULT: u64 = 1;

/// The seed of a run.
#[derive(Clone, Copy, Debug)]
pub struct Seed(u64);

/// Takes the seed from SEED, or a fixed one, and prints it.
///
/// ```
/// let seed = shared::seed::announce();
/// let mut of_x = seed.rng("x");
/// assert_eq!(of_x.f64(), seed.rng("x").f64());
/// assert_ne!(of_x.u64(..), seed.rng("y").u64(..));
/// ```
#[must_use]
pub fn announce() -> Seed {
    // A bad SEED has been refused before any scene began.
    let seed = from_environment().unwrap_or(DEFAULT);
    line::mark(&format!("seed {seed}"));
    Seed(seed)
}

impl Seed {
    /// The random numbers of one lane: the same for the same seed and name, whatever
    /// the other lanes do meanwhile.
    #[must_use]
    pub fn rng(self, name: &str) -> fastrand::Rng {
        // FNV-1a over the name, begun with the seed; fastrand scrambles it further.
        let mixed = name.bytes().fold(self.0 ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        fastrand::Rng::with_seed(mixed)
    }
}

/// The seed that SEED asks for, or what is wrong with it.
pub(crate) fn from_environment() -> Result<u64, String> {
    match std::env::var_os("SEED") {
        None => Ok(DEFAULT),
        Some(value) => parse(&value.to_string_lossy()),
    }
}

fn parse(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| {
        format!("SEED={text}: a seed is a whole number from 0 to {}", u64::MAX)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_a_whole_number() {
        assert_eq!(parse("7"), Ok(7));
        for bad in ["", "-1", "1.5", "apple"] {
            assert!(
                parse(bad)
                    .expect_err(bad)
                    .starts_with(&format!("SEED={bad}: a seed is"))
            );
        }
    }

    #[test]
    fn seeds_and_names_both_count() {
        let first = |seed, name| Seed(seed).rng(name).u64(..);
        assert_eq!(first(1, "x"), first(1, "x"));
        assert_ne!(first(1, "x"), first(2, "x"));
        assert_ne!(first(1, "x"), first(1, "y"));
    }
}
