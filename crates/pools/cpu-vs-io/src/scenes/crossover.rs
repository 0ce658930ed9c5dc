//! N1.1, N1.2: the best way by number of tasks and share of waiting, drawn as a map.

use std::time::Duration;

use cpu_vs_io::kit::map::Map;
use cpu_vs_io::{Job, Machine, Task, Way};
use shared::{Result, claim, say, skip, trace};

/// The length of a task on a core of its own.
const LENGTH: Duration = Duration::from_micros(300);
const TASKS: [u32; 5] = [1, 2, 8, 32, 256];
const SHARES: [f64; 5] = [0.0, 0.5, 0.8, 0.95, 1.0];

pub fn play() -> Result {
    let machine = Machine::measure()?;
    if machine.cores() < 2 {
        skip!("this process may use one core only"; "allow it two, see taskset(1)");
    }
    say!("{machine}");
    let mut map = Map::predict(&machine, LENGTH, &TASKS, &SHARES);
    say!("predicted:");
    tell(&map.draw(|cell| cell.predicted));

    let measuring = trace::span("measures");
    map.measure(&machine)?;
    drop(measuring);
    say!("measured:");
    tell(&map.draw(|cell| cell.fastest().unwrap_or(Way::Serial)));

    let cells = map.cells();
    // Two corners of the map: one task that only computes, and the most that only wait.
    let corners = [cells.len() - SHARES.len(), SHARES.len() - 1];
    claim!(
        corners.map(|place| cells[place].predicted) == [Way::Serial, Way::Coroutines],
        "serial is predicted to win with one task, coroutines with 256 that wait"
    );
    let close = cells.iter().filter(|cell| cell.excess() <= 1.5).count();
    say!(
        "{close} of {} predicted ways took at most 1.5 times the fastest",
        cells.len()
    );
    claim!(
        2 * close >= cells.len(),
        "in half of the cells or more the predicted way is near the fastest"
    );
    let [.., most] = TASKS;
    let waiting = Job::new(most, Task::waiting(LENGTH));
    claim!(
        machine.run(Way::Coroutines, &waiting)?.time <= most * LENGTH / 4,
        "coroutines that wait take a quarter of the waits' sum at most"
    );
    Ok(())
}

fn tell(lines: &[String]) {
    for line in lines {
        say!("{line}");
    }
}
