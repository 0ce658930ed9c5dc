//! N2.3: a multilevel feedback queue finds out by itself which jobs are short.

use scheduling::kit::show;
use scheduling::{Job, Metrics, Policy};
use shared::{Result, claim, say};

pub fn play() -> Result {
    let jobs = show::five_jobs();
    let policy = Policy::multilevel_feedback([1, 2, 4], None);
    let schedule = policy.schedule(&jobs)?;
    show::chart(&schedule);
    show::table(&schedule);
    claim!(
        schedule.jobs.iter().map(Metrics::response).max() == Some(0),
        "each of the five jobs has the core at the moment at which it arrives"
    );
    let by_turns = Policy::round_robin(1).schedule(&jobs)?;
    claim!(
        schedule.jobs[4].end < by_turns.jobs[4].end,
        "the shortest job ends sooner than in round robin, though none knew its burst"
    );

    // A job that has sunk to the last queue waits while others keep coming.
    let stream = (0..10).map(|n| Job::new(format!("{n}"), 2 + 2 * n, 2));
    let jobs: Vec<Job> = [Job::new("long", 0, 6)].into_iter().chain(stream).collect();
    let wait = |boost| {
        let policy = Policy::multilevel_feedback([2, 4], boost);
        policy.schedule(&jobs).map(|schedule| schedule.longest_wait(0))
    };
    let (sunk, boosted) = (wait(None)?, wait(Some(8))?);
    say!("the long job waits for {sunk}, with a boost every 8 for {boosted}");
    claim!(
        sunk == 20,
        "without a boost a long job waits until all short ones have ended"
    );
    claim!(boosted < sunk, "a boost shortens the wait of the long job");
    Ok(())
}
