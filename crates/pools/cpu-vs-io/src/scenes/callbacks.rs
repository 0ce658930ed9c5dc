//! N4.9: four tasks of 5 and callbacks of 1, waiting or computing: 6, 9, 24 and 9.

use std::time::Duration;

use cpu_vs_io::kit::trials::Trials;
use cpu_vs_io::{Job, Machine, Task, Way};
use shared::{Result, claim, pace, say, skip};

/// How many seconds of the note one of its seconds lasts here, where tasks wait.
const WAITING: f64 = 0.1;

/// And where they compute: in so short a time no other program may take the other core.
const COMPUTING: Duration = Duration::from_micros(100);

pub fn play() -> Result {
    let machine = Machine::measure()?;
    if machine.cores() < 2 {
        skip!("this process may use one core only"; "allow it two, see taskset(1)");
    }
    say!("{machine}");
    let [one, five] = [1.0, 5.0].map(|secs| pace::secs(secs * WAITING));

    say!("waiting; the note: threads 5 + 1 = 6, processes 5 + 4 * 1 = 9");
    let job = Job::new(4, Task::waiting(five)).callback(Task::waiting(one));
    let mut waiting = Trials::predict(&machine, job, &[Way::Threads, Way::Processes]);
    waiting.measure(1, |_| true)?;
    claim!(
        waiting.time(Way::Processes) >= five + 4 * one,
        "processes that wait take 5 s, and the parent 1 s for each of four callbacks"
    );
    claim!(
        waiting.time(Way::Threads) < waiting.time(Way::Processes),
        "threads that wait take less time, for their callbacks wait together"
    );

    say!("computing; the note: one lock 4 * 5 + 4 * 1 = 24, processes 5 + 4 * 1 = 9");
    let job = Job::new(4, Task::computing(5 * COMPUTING));
    let job = job.callback(Task::computing(COMPUTING));
    let ways = [Way::Gil, Way::Threads, Way::Processes];
    let mut computing = Trials::predict(&machine, job, &ways);
    computing.measure(20, |so_far| {
        so_far.undisturbed(Way::Gil) && so_far.ratio(Way::Threads, Way::Gil) >= 1.2
    })?;
    claim!(
        computing.ratio(Way::Threads, Way::Gil) >= 1.2,
        "threads that compute are 1.2 times as fast as under one lock"
    );
    Ok(())
}
