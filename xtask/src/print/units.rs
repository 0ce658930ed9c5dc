//! How figures are written: with three digits, and a unit that suits them.

/// `7.42 ns`, `38.1 µs`, `1.20 s`.
pub fn nanoseconds(ns: f64) -> String {
    let (value, unit) = match ns {
        ns if ns < 1e3 => (ns, "ns"),
        ns if ns < 1e6 => (ns / 1e3, "µs"),
        ns if ns < 1e9 => (ns / 1e6, "ms"),
        ns => (ns / 1e9, "s"),
    };
    format!("{} {unit}", three_digits(value))
}

/// `135 M`, `26.2 k`.
pub fn per_second(ns: f64) -> String {
    if ns <= 0.0 {
        return String::new();
    }
    let (value, unit) = match 1e9 / ns {
        ops if ops < 1e3 => (ops, ""),
        ops if ops < 1e6 => (ops / 1e3, " k"),
        ops if ops < 1e9 => (ops / 1e6, " M"),
        ops => (ops / 1e9, " G"),
    };
    format!("{}{unit}", three_digits(value))
}

/// `7.42 MB`.
pub fn bytes(bytes: f64) -> String {
    let (value, unit) = match bytes {
        bytes if bytes < 1e3 => return format!("{bytes:.0} B"),
        bytes if bytes < 1e6 => (bytes / 1e3, "kB"),
        bytes if bytes < 1e9 => (bytes / 1e6, "MB"),
        bytes => (bytes / 1e9, "GB"),
    };
    format!("{} {unit}", three_digits(value))
}

/// `1.07 ×`.
pub fn ratio(ratio: f64) -> String {
    format!("{} ×", three_digits(ratio))
}

/// `1 topic`, `4 topics`.
pub fn counted(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

fn three_digits(value: f64) -> String {
    let places = match value {
        value if value < 9.995 => 2,
        value if value < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.places$}")
}

/// `3 passed, 0 failed`, and `, 1 skipped` where that is so.
pub fn tally(passed: usize, failed: usize, skipped: usize) -> String {
    match skipped {
        0 => format!("{passed} passed, {failed} failed"),
        _ => format!("{passed} passed, {failed} failed, {skipped} skipped"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_digits_and_a_unit() {
        let shown = [7.421, 38_123.0, 999.7, 1.2e9].map(nanoseconds);
        assert_eq!(shown, ["7.42 ns", "38.1 µs", "1000 ns", "1.20 s"]);
        assert_eq!(
            [7.4, 38_123.0, 1e9, 2e10].map(per_second),
            ["135 M", "26.2 k", "1.00", "0.05"]
        );
        assert_eq!(
            [17.0, 38_123.0, 9.99e6, 2e10].map(bytes),
            ["17 B", "38.1 kB", "9.99 MB", "20.0 GB"]
        );
        assert_eq!([0.983, 12.34].map(ratio), ["0.98 ×", "12.3 ×"]);
        assert_eq!(
            [0, 1, 2].map(|number| counted(number, "round")),
            ["0 rounds", "1 round", "2 rounds"]
        );
    }
}
