//! The CPU time of a run.

use std::time::Duration;

use shared::bench::cpu_time;
use shared::trace;

/// The CPU time of the best of five runs, because other work on the machine can only
/// make a run longer. The trace shows the five as one span called `name`.
///
/// # Errors
/// That of `run`.
///
/// ```
/// let time = greenlets::kit::cpu::best_of_five("sum", || {
///     std::hint::black_box((0..1_000_u64).sum::<u64>());
///     Ok::<(), std::io::Error>(())
/// })?;
/// assert!(time < std::time::Duration::from_secs(1));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn best_of_five<E>(
    name: &str,
    mut run: impl FnMut() -> Result<(), E>,
) -> Result<Duration, E> {
    let _runs = trace::span(name);
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let begin = cpu_time();
        run()?;
        best = best.min(cpu_time().saturating_sub(begin));
    }
    Ok(best)
}
