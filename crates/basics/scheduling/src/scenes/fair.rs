//! N2.3: EEVDF, the policy of Linux, gives each job its share by its nice value.

use scheduling::kit::show;
use scheduling::{Job, Mean, Policy, weight};
use shared::{Result, claim, say};

pub fn play() -> Result {
    let jobs = [("a", 0), ("b", 5), ("c", 10)]
        .map(|(name, nice)| Job::new(name, 0, 30).priority(nice));
    let slice = 1;
    let schedule = Policy::Eevdf { slice }.schedule(&jobs)?;
    show::chart(&schedule);

    // The shares hold as long as all three compete.
    let until = schedule.jobs[0].end;
    let weights = jobs.each_ref().map(|job| weight(job.priority).unwrap_or_default());
    let all: u64 = weights.iter().sum();
    let mut is_fair = true;
    for (place, job) in jobs.iter().enumerate() {
        let had = schedule.service(place, until);
        let share = Mean::of(u128::from(until * weights[place]), all);
        say!(
            "{}: nice {}, has had {had} of {until}, a share of {share}",
            job.name,
            job.priority
        );
        is_fair &= had * all <= until * weights[place] + slice * all
            && until * weights[place] <= had * all + slice * all;
    }
    claim!(is_fair, "no job has had a slice more or less than its share");
    claim!(
        schedule.service(2, until) > 0,
        "the job of the lowest weight has the core while the others still compete"
    );

    say!("a job that sleeps most of the time, among two that compute");
    let jobs = [
        Job::new("film", 0, 40),
        Job::new("sort", 0, 40),
        Job::new("keys", 1, 4).io(1, 8),
    ];
    let schedule = Policy::Eevdf { slice: 2 }.schedule(&jobs)?;
    show::chart(&schedule);
    let wait = schedule.longest_wait(2);
    say!("keys waits for the core for {wait} at most");
    claim!(
        wait <= 2 * 2,
        "the job that sleeps waits for a slice of each other at most"
    );
    Ok(())
}
