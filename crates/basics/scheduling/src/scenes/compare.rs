//! N2.3: the same five jobs under every policy: none is the best at everything.

use scheduling::kit::show;
use scheduling::{Metrics, Policy, Schedule};
use shared::{Result, claim, say};

pub fn play() -> Result {
    let jobs = show::five_jobs();
    let policies = [
        Policy::FirstComeFirstServed,
        Policy::ShortestJobFirst,
        Policy::ShortestRemainingFirst,
        Policy::HighestResponseRatio,
        Policy::round_robin(1),
        Policy::round_robin(4),
        Policy::multilevel_feedback([1, 2, 4], None),
        Policy::Eevdf { slice: 1 },
    ];
    say!("{:33} turnaround  response  switches", "mean");
    let mut schedules = Vec::new();
    for policy in &policies {
        let schedule = policy.schedule(&jobs)?;
        say!(
            "{:33} {:>10} {:>9} {:>9}",
            policy.to_string(),
            schedule.mean(Metrics::turnaround),
            schedule.mean(Metrics::response),
            schedule.switches()
        );
        schedules.push(schedule);
    }

    let turnaround = |schedule: &&Schedule| schedule.mean(Metrics::turnaround);
    let response = |schedule: &&Schedule| schedule.mean(Metrics::response);
    let shortest = &schedules[2];
    claim!(
        schedules.iter().map(|it| turnaround(&it)).min() == Some(turnaround(&shortest)),
        "no policy has a lower mean turnaround than shortest remaining first"
    );
    let quickest = schedules.iter().min_by_key(response);
    claim!(
        quickest == Some(&schedules[6]),
        "the multilevel feedback queue responds first"
    );
    let same = schedules.iter().all(|schedule| schedule.end() == 20);
    claim!(
        same,
        "under every policy the core has done all its work at the same moment"
    );
    Ok(())
}
