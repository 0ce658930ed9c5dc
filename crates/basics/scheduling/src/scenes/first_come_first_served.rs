//! N2.3: first come first served is simple, and a short job waits for long ones.

use scheduling::kit::show;
use scheduling::{Mean, Metrics, Policy};
use shared::{Result, claim};

pub fn play() -> Result {
    let jobs = show::five_jobs();
    let schedule = Policy::FirstComeFirstServed.schedule(&jobs)?;
    show::chart(&schedule);
    show::table(&schedule);

    claim!(
        schedule.order() == ["a", "b", "c", "d", "e"],
        "the jobs run in the order in which they arrive"
    );
    // By hand: a ends at 3, b at 9, c at 13, d at 18, e at 20. Less the arrivals, that
    // is 3 + 7 + 9 + 12 + 12.
    claim!(
        schedule.mean(Metrics::turnaround) == Mean::of(43, 5),
        "the mean turnaround is 8.6, as it is by hand"
    );
    let e = &schedule.jobs[4];
    claim!(
        e.waiting() == 5 * e.burst,
        "the shortest job waits for five times as long as it runs"
    );
    Ok(())
}
