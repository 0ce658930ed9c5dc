//! Lines that set a prediction beside what was measured.

use std::time::Duration;

use shared::say;

/// Says a prediction.
pub fn predicted(name: &str, time: Duration) {
    say!("{name:<24} {:8.2} ms predicted", millis(time));
}

/// Says what was measured.
pub fn measured(name: &str, time: Duration) {
    say!("{name:<24} {:8.2} ms measured", millis(time));
}

/// Says what was measured, and by how much the prediction missed it.
pub fn compared(name: &str, predicted: Duration, time: Duration) {
    let error = error(predicted, time) * 100.0;
    say!("{name:<24} {:8.2} ms measured: {error:+.0} %", millis(time));
}

/// By how much of the prediction the measured time was longer, or shorter if negative.
#[must_use]
pub fn error(predicted: Duration, measured: Duration) -> f64 {
    measured.as_secs_f64() / predicted.as_secs_f64() - 1.0
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
