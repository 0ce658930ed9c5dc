//! The pauses between attempts.

use std::time::Duration;

/// Pauses that double, up to a longest one, each shortened by up to a half at random.
///
/// The doubling spares a broker that is starting. The chance keeps clients that lost
/// it at the same moment from coming back at the same moment.
///
/// ```
/// use std::time::Duration;
///
/// let (first, most) = (Duration::from_millis(10), Duration::from_secs(1));
/// let third = brokers::Backoff::new(first, most).nth(2);
/// let range = Duration::from_millis(20)..=Duration::from_millis(40);
/// assert!(third.is_some_and(|pause| range.contains(&pause)));
/// ```
#[derive(Debug, Clone)]
pub struct Backoff {
    next: Duration,
    most: Duration,
}

impl Backoff {
    /// Pauses from `first` to `most`, without an end.
    #[must_use]
    pub fn new(first: Duration, most: Duration) -> Self {
        Self { next: first.min(most), most }
    }
}

impl Iterator for Backoff {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let pause = self.next.mul_f64(0.5 + fastrand::f64() / 2.0);
        self.next = self.next.saturating_mul(2).min(self.most);
        Some(pause)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_pause_is_between_half_its_step_and_its_step(
            first in 1_u64..1000,
            most in 1_u64..10_000,
        ) {
            let (first, most) =
                (Duration::from_millis(first), Duration::from_millis(most));
            let mut step = first.min(most);
            for pause in Backoff::new(first, most).take(20) {
                prop_assert!(pause >= step / 2 && pause <= step, "{pause:?} {step:?}");
                step = (2 * step).min(most);
            }
        }
    }
}
