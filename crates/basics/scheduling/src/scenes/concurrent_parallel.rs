//! N2.1: concurrent loops take turns on one core, parallel ones run at the same time.

use scheduling::kit::kernel::{self, Class};
use scheduling::{Job, Schedule};
use shared::{Result, claim, pace, say, skip};

/// How often the two loops are tried on two cores.
const ROUNDS: usize = 20;

pub fn play() -> Result {
    let cores = kernel::cores()?;
    let [first, second, ..] = cores[..] else {
        skip!("this process may use one core only"; "allow it two, see taskset(1)");
    };
    // Each loop takes a second of the note on a core of its own.
    let loop_time = pace::secs(1.0).as_micros() as u64;
    let loops = ["x", "y"].map(|name| Job::new(name, 0, loop_time));

    let concurrent = kernel::run(Class::Fair, &[first], &loops)?;
    tell("one core", &concurrent);
    claim!(
        length(&concurrent) >= 2 * loop_time,
        "on one core two loops take at least as long as one after the other"
    );
    claim!(
        concurrent.order().len() > 2,
        "on one core a loop goes on after the other one has had the core"
    );
    // The clock is read outside of the kernel, so a moment is missing at each switch.
    claim!(
        concurrent.overlap(0, 1) < loop_time / 100,
        "on one core the loops overlap for less than a hundredth of their time"
    );

    // A busy machine may give each loop its core while it refuses the other one's.
    let mut parallel = kernel::run(Class::Fair, &[first, second], &loops)?;
    for _ in 1..ROUNDS {
        if parallel.overlap(0, 1) >= loop_time / 50 {
            break;
        }
        parallel = kernel::run(Class::Fair, &[first, second], &loops)?;
    }
    tell("two cores", &parallel);
    claim!(
        parallel.overlap(0, 1) >= loop_time / 50,
        "on two cores they run at the same time for a fiftieth of their time or more"
    );
    Ok(())
}

fn length(schedule: &Schedule) -> u64 {
    schedule.end() - schedule.begin()
}

fn tell(cores: &str, schedule: &Schedule) {
    let seconds =
        |micros: u64| pace::note_secs(std::time::Duration::from_micros(micros));
    say!(
        "{cores}: {:.1} seconds, {} switches, both at the same time for {:.1} seconds",
        seconds(length(schedule)),
        schedule.switches(),
        seconds(schedule.overlap(0, 1)),
    );
}
