//! Several measurements of one thing, summed up.

use serde::{Deserialize, Serialize};

/// The median of some measurements, and how far they lie apart.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    pub median: f64,
    pub least: f64,
    pub most: f64,
}

impl Summary {
    /// Nothing if there are no measurements.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let (least, most) = (*values.first()?, *values.last()?);
        let middle = values.len() / 2;
        let median = match values.len() % 2 {
            1 => values[middle],
            _ => f64::midpoint(values[middle - 1], values[middle]),
        };
        Some(Self { median, least, most })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_lies_in_the_middle_or_between_the_two_that_do() {
        assert_eq!(Summary::of([]), None);
        assert_eq!(
            Summary::of([3.0, 1.0, 8.0]),
            Some(Summary { median: 3.0, least: 1.0, most: 8.0 })
        );
        assert_eq!(
            Summary::of([4.0, 1.0, 2.0, 3.0]).map(|summary| summary.median),
            Some(2.5)
        );
    }
}
