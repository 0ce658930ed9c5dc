//! The formulae, over random jobs and machines.

use std::time::Duration;

use cpu_vs_io::{Cost, Job, Machine, Task, Way};
use proptest::prelude::*;

/// Times are rounded to nanoseconds here and there.
const ROUNDED: Duration = Duration::from_micros(1);

fn task() -> impl Strategy<Value = Task> {
    let millis = || prop_oneof![Just(0), 1..50_u64].prop_map(Duration::from_millis);
    (millis(), millis()).prop_map(|(computes, waits)| Task { computes, waits })
}

fn job() -> impl Strategy<Value = Job> {
    (0..50_u32, task(), task())
        .prop_map(|(tasks, task, callback)| Job::new(tasks, task).callback(callback))
}

proptest! {
    #[test]
    fn no_way_beats_one_task_nor_all_cores(job in job(), cores in 1..9_u32) {
        let machine = Machine::ideal(cores);
        let work = job.tasks * (job.task.computes + job.callback.computes);
        let one = if job.tasks == 0 {
            Duration::ZERO
        } else {
            job.task.length() + job.callback.length()
        };
        for way in Way::ALL {
            let time = machine.predict(way, &job) + ROUNDED;
            prop_assert!(time >= one, "{way}: {time:?}");
            prop_assert!(time >= work / cores, "{way}: {time:?}");
        }
    }

    #[test]
    fn nothing_takes_longer_than_serial_on_an_ideal_machine(
        job in job(),
        cores in 1..9_u32,
    ) {
        let machine = Machine::ideal(cores);
        let serial = machine.predict(Way::Serial, &job) + ROUNDED;
        for way in Way::ALL {
            prop_assert!(machine.predict(way, &job) <= serial, "{way}");
        }
    }

    #[test]
    fn on_one_core_a_lock_costs_nothing(job in job()) {
        let machine = Machine::ideal(1);
        let [threads, gil, coroutines] = [Way::Threads, Way::Gil, Way::Coroutines]
            .map(|way| machine.predict(way, &job));
        prop_assert!(threads.abs_diff(gil) <= ROUNDED);
        prop_assert_eq!(gil, coroutines);
    }

    #[test]
    fn the_best_is_never_longer_than_another(
        job in job(),
        cores in 1..9_u32,
        each in 0..9_000_u64,
        late in 0..2_000_u64,
    ) {
        let [each, late] = [each, late].map(Duration::from_micros);
        let machine = Machine::ideal(cores)
            .costing(Way::Threads, Cost { each, ..Cost::default() })
            .costing(Way::Coroutines, Cost { late, ..Cost::default() });
        let best = machine.predict(machine.best(&job), &job);
        for way in Way::CHOICE {
            prop_assert!(best <= machine.predict(way, &job), "{way}");
        }
    }

    #[test]
    fn each_cost_is_added(job in job(), micros in 0..9_000_u64) {
        let ideal = Machine::ideal(2);
        let time = Duration::from_micros(micros);
        let (once, each, late) = (time, time, Duration::ZERO);
        for way in Way::ALL {
            let machine = ideal.costing(way, Cost { once, each, late });
            let sum = ideal.predict(way, &job) + time * (job.tasks + 1);
            prop_assert_eq!(machine.predict(way, &job), sum);
        }
    }
}

#[test]
fn the_notes_six_figures() {
    let secs = Duration::from_secs;
    let machine = Machine::ideal(4);
    for (task, threads, gil, processes) in [
        // N4.8 and N4.9: four tasks of 5, callbacks of 1.
        (Task::waiting as fn(_) -> _, 6, 6, 9),
        (Task::computing, 6, 24, 9),
    ] {
        let job = Job::new(4, task(secs(5))).callback(task(secs(1)));
        assert_eq!(machine.predict(Way::Threads, &job), secs(threads));
        assert_eq!(machine.predict(Way::Gil, &job), secs(gil));
        assert_eq!(machine.predict(Way::Processes, &job), secs(processes));
    }
}

#[test]
fn two_cores_need_twice_as_long_for_four_tasks_as_four_cores() {
    let job = Job::new(4, Task::computing(Duration::from_secs(5)));
    let on = |cores| Machine::ideal(cores).predict(Way::Threads, &job);
    assert_eq!(on(2), 2 * on(4));
    assert_eq!(on(8), on(4));
}
