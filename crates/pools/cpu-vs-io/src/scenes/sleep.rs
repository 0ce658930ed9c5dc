//! N1.2: four tasks that wait: each way takes the longest wait, and its own start-up.

use cpu_vs_io::kit::trials::Trials;
use cpu_vs_io::{Job, Machine, Task, Way};
use shared::{Result, claim, pace, say};

/// How many seconds of the note one of its seconds lasts here.
const SECOND: f64 = 0.2;

pub fn play() -> Result {
    let machine = Machine::measure()?;
    say!("{machine}");
    let five = pace::secs(5.0 * SECOND);
    let job = Job::new(4, Task::waiting(five));
    let mut trials = Trials::predict(&machine, job, &Way::CHOICE);
    trials.measure(1, |_| true)?;
    say!("the note, in Python: processes 5.16 s, threads 5.002 s");
    let serial = trials.time(Way::Serial);
    for way in [Way::Threads, Way::Processes, Way::Coroutines] {
        let time = trials.time(way);
        claim!(time >= five, "{way} took no less than one of the four waits");
        claim!(2 * time < serial, "{way} took less than half of the waits in a row");
    }
    let each = |way| machine.cost(way).each;
    claim!(
        each(Way::Processes) > 2 * each(Way::Threads),
        "a process cost over twice as much to start as a thread"
    );
    claim!(
        each(Way::Threads) > 2 * each(Way::Coroutines),
        "a thread cost over twice as much to start as a coroutine"
    );
    Ok(())
}
