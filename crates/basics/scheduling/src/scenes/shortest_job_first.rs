//! N2.3: shortest job first has the least waiting, at the price of the long jobs.

use scheduling::kit::show;
use scheduling::{Job, Mean, Metrics, Policy};
use shared::{Result, claim, say};

pub fn play() -> Result {
    let jobs = show::five_jobs();
    let schedule = Policy::ShortestJobFirst.schedule(&jobs)?;
    show::chart(&schedule);
    show::table(&schedule);
    // By hand: 3 + 7 + 11 + 14 + 3.
    let mean = schedule.mean(Metrics::turnaround);
    claim!(mean == Mean::of(38, 5), "the mean turnaround is 7.6, as it is by hand");
    claim!(
        schedule.jobs[4].end < schedule.jobs[2].end,
        "the short job overtakes a longer one that came before it"
    );

    say!("preemptive: shortest remaining first");
    let remaining = Policy::ShortestRemainingFirst.schedule(&jobs)?;
    show::chart(&remaining);
    let mean = remaining.mean(Metrics::turnaround);
    claim!(mean == Mean::of(36, 5), "with preemption the mean turnaround is 7.2");

    say!("a long job among short ones that keep coming");
    let stream = (0..8).map(|n| Job::new(format!("{n}"), 2 * n, 2));
    let jobs: Vec<Job> = stream.chain([Job::new("long", 1, 5)]).collect();
    let starved = Policy::ShortestJobFirst.schedule(&jobs)?;
    let served = Policy::HighestResponseRatio.schedule(&jobs)?;
    let response = |schedule: &scheduling::Schedule| schedule.jobs[8].response();
    say!("shortest job first: it waits for {}", response(&starved));
    say!("highest response ratio: it waits for {}", response(&served));
    claim!(
        starved.order().last() == Some(&"long"),
        "under shortest job first a long job waits for all short ones"
    );
    claim!(
        response(&served) < response(&starved),
        "under highest response ratio a long job that waits has its turn sooner"
    );
    Ok(())
}
