//! N2.1: a realtime system answers in time, which the order of arrival does not.

use scheduling::kit::show;
use scheduling::{Job, Policy};
use shared::{Result, claim, say};

pub fn play() -> Result {
    let jobs = [
        Job::new("report", 0, 6).deadline(30),
        Job::new("film", 1, 4).deadline(14),
        Job::new("brake", 2, 2).deadline(5),
    ];

    say!("first come first served");
    let by_arrival = Policy::FirstComeFirstServed.schedule(&jobs)?;
    show::chart(&by_arrival);
    say!("late: {}", names(&by_arrival.late()));
    claim!(
        by_arrival.late() == ["brake"],
        "first come first served misses the deadline of the brake"
    );

    say!("earliest deadline first");
    let by_deadline = Policy::EarliestDeadlineFirst.schedule(&jobs)?;
    show::chart(&by_deadline);
    say!("late: {}", names(&by_deadline.late()));
    claim!(
        by_deadline.late().is_empty(),
        "earliest deadline first keeps every deadline"
    );
    claim!(
        by_deadline.jobs[2].response() == 0,
        "the brake has the core at the moment at which it arrives"
    );
    Ok(())
}

fn names(jobs: &[&str]) -> String {
    if jobs.is_empty() { "none".to_owned() } else { jobs.join(" ") }
}
