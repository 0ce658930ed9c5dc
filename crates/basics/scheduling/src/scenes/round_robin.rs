//! N2.3: in round robin each job has a quantum in turn, and none waits for long.

use scheduling::kit::show;
use scheduling::{Mean, Metrics, Policy};
use shared::{Result, claim, say};

pub fn play() -> Result {
    let jobs = show::five_jobs();
    let quantum = 1;
    let schedule = Policy::round_robin(quantum).schedule(&jobs)?;
    show::chart(&schedule);
    show::table(&schedule);
    // By hand: a ends at 4, b at 18, c at 17, d at 20, e at 15.
    claim!(
        schedule.mean(Metrics::turnaround) == Mean::of(54, 5),
        "the mean turnaround is 10.8, as it is by hand"
    );
    claim!(
        (0..5).all(|job| schedule.longest_wait(job) <= 4 * quantum),
        "no ready job waits longer than the quanta of the four others"
    );

    // The larger the quantum, the more it is first come first served.
    let by_arrival = Policy::FirstComeFirstServed.schedule(&jobs)?;
    for quantum in [1, 2, 4, 6] {
        let schedule = Policy::round_robin(quantum).schedule(&jobs)?;
        say!(
            "quantum {quantum}: {} switches, mean response {}",
            schedule.switches(),
            schedule.mean(Metrics::response)
        );
    }
    claim!(
        Policy::round_robin(6).schedule(&jobs)?.jobs == by_arrival.jobs,
        "with a quantum as long as the longest burst it is first come first served"
    );
    Ok(())
}
