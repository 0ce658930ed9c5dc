//! N1.1: four tasks that compute: threads use all cores, threads under one lock do not.

use std::time::Duration;

use cpu_vs_io::kit::trials::Trials;
use cpu_vs_io::{Job, Machine, Task, Way};
use shared::{Result, claim, say, skip};

pub fn play() -> Result {
    let machine = Machine::measure()?;
    if machine.cores() < 2 {
        skip!("this process may use one core only"; "allow it two, see taskset(1)");
    }
    say!("{machine}");
    // Short tasks: a moment in which no other program has a core is soon found.
    let job = Job::new(4, Task::computing(Duration::from_micros(500)));
    let ways = [Way::Serial, Way::Threads, Way::Gil, Way::Processes];
    let mut trials = Trials::predict(&machine, job, &ways);
    trials.measure(20, |so_far| {
        [Way::Serial, Way::Gil].iter().all(|&way| so_far.undisturbed(way))
            && so_far.ratio(Way::Threads, Way::Serial) >= 1.2
            && so_far.ratio(Way::Threads, Way::Gil) >= 1.2
    })?;
    for way in &ways[1..] {
        let speed_up = trials.ratio(*way, Way::Serial);
        say!("{way}: {speed_up:.2} times as fast as serial");
    }
    let long = Job::new(4, Task::computing(Duration::from_secs(4)));
    let [serial, processes] = [Way::Serial, Way::Processes]
        .map(|way| machine.predict(way, &long).as_secs_f64());
    say!("tasks of 4 s: processes predicted {:.2} times as fast", serial / processes);
    say!("the note, in Python: threads 17.39 s, processes 6.48 s");
    claim!(trials.same_sums(), "the four tasks add up to the same in each way");
    claim!(
        trials.ratio(Way::Threads, Way::Serial) >= 1.2,
        "threads computed at least 1.2 times as fast as one after the other"
    );
    claim!(
        trials.ratio(Way::Threads, Way::Gil) >= 1.2,
        "threads computed at least 1.2 times as fast as under one lock"
    );
    claim!(
        trials.ratio(Way::Threads, Way::Processes) > 1.0,
        "threads took less time than processes, which cost more to start"
    );
    Ok(())
}
