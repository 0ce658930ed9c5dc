//! Means, exact until they are printed.

use std::cmp::Ordering;
use std::fmt::{self, Display};

use serde::{Serialize, Serializer};

/// A mean: a total, and how many numbers it is the total of. Two means are compared
/// exactly; only their text is rounded, to two decimals, halves up.
///
/// ```
/// use scheduling::Mean;
///
/// assert_eq!(Mean::of(43, 5), Mean::of(86, 10));
/// assert!(Mean::of(1, 3) < Mean::of(334, 1000));
/// assert_eq!(Mean::of(43, 5).to_string(), "8.60");
/// assert_eq!(Mean::of(1, 8).to_string(), "0.13");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Mean {
    total: u128,
    count: u64,
}

impl Mean {
    /// The mean of so many numbers; of none it is 0.
    #[must_use]
    pub fn of(total: u128, count: u64) -> Self {
        Self { total, count: count.max(1) }
    }

    fn parts(self) -> (u128, u128, u128) {
        let count = u128::from(self.count);
        (self.total / count, self.total % count, count)
    }
}

impl Ord for Mean {
    fn cmp(&self, other: &Self) -> Ordering {
        let (whole, rest, count) = self.parts();
        let (other_whole, other_rest, other_count) = other.parts();
        // A rest is less than its count, so the products fit.
        whole.cmp(&other_whole).then((rest * other_count).cmp(&(other_rest * count)))
    }
}

impl PartialOrd for Mean {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Mean {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Mean {}

impl Display for Mean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest, count) = self.parts();
        let hundredths = (rest * 200 + count) / (count * 2);
        let (whole, hundredths) = (whole + hundredths / 100, hundredths % 100);
        f.pad(&format!("{whole}.{hundredths:02}"))
    }
}

/// As text, for a number would be rounded to a float.
impl Serialize for Mean {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_is_rounded_only_when_it_is_printed() {
        let third = Mean::of(u128::from(u64::MAX), 3);
        assert!(third > Mean::of(u128::from(u64::MAX) - 1, 3));
        assert_eq!(Mean::of(1, 3).to_string(), "0.33");
        assert_eq!(Mean::of(2, 3).to_string(), "0.67");
        assert_eq!(Mean::of(1999, 1000).to_string(), "2.00");
        assert_eq!(Mean::of(0, 0).to_string(), "0.00");
        assert_eq!(format!("{:>7}", Mean::of(5, 2)), "   2.50");
    }
}
