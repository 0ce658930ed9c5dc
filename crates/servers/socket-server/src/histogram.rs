use std::time::Duration;

/// How many parts each power of two is divided into; so a value is off by at most 1/32.
const PARTS: u64 = 32;

/// Times by how often they occurred, in a memory that does not grow.
#[derive(Clone, Debug)]
pub(crate) struct Histogram {
    counts: Vec<u64>,
    total: u64,
    worst: u64,
}

impl Histogram {
    pub(crate) fn new() -> Self {
        Self { counts: vec![0; bucket(u64::MAX) + 1], total: 0, worst: 0 }
    }

    pub(crate) fn add(&mut self, time: Duration) {
        let nanoseconds = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.counts[bucket(nanoseconds)] += 1;
        self.total += 1;
        self.worst = self.worst.max(nanoseconds);
    }

    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    pub(crate) fn worst(&self) -> Duration {
        Duration::from_nanos(self.worst)
    }

    /// The time that this share of all times does not exceed, by at most 1/32 too long;
    /// zero if there are none.
    pub(crate) fn quantile(&self, share: f64) -> Duration {
        let rank = (self.total as f64 * share).ceil() as u64;
        let mut seen = 0;
        let at = self.counts.iter().position(|&count| {
            seen += count;
            seen >= rank && seen > 0
        });
        at.map_or(Duration::ZERO, |at| {
            Duration::from_nanos(upper_end(at).min(self.worst))
        })
    }
}

fn bucket(value: u64) -> usize {
    if value < PARTS {
        return value as usize;
    }
    let power = u64::from(value.ilog2() - PARTS.ilog2());
    (PARTS * power + (value >> power)) as usize
}

fn upper_end(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < PARTS {
        return bucket;
    }
    let power = bucket / PARTS - 1;
    let first = (PARTS + bucket % PARTS) << power;
    first + ((1 << power) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_lies_in_its_bucket_and_not_far_from_the_end() {
        for value in (0..4_000).chain([u64::MAX / 3, u64::MAX - 1, u64::MAX]) {
            let end = upper_end(bucket(value));
            assert!(end >= value && end - value <= value / 32, "{value} {end}");
            assert!(
                bucket(value) == 0 || upper_end(bucket(value) - 1) < value,
                "{value}"
            );
        }
    }

    #[test]
    fn quantiles_of_a_hundred() {
        let mut times = Histogram::new();
        (1..=100).for_each(|time| times.add(Duration::from_nanos(time)));
        assert_eq!(times.quantile(0.5).as_nanos(), 50);
        assert!(
            (99..=100).contains(&times.quantile(0.99).as_nanos()),
            "{:?}",
            times.quantile(0.99)
        );
        assert_eq!((times.total(), times.worst().as_nanos()), (100, 100));
        assert_eq!(Histogram::new().quantile(0.99), Duration::ZERO);
    }
}
