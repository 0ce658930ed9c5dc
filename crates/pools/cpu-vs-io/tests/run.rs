//! Jobs that are run: what comes back, and what is left when one fails.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use cpu_vs_io::{Error, Job, Machine, Task, Way};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getpid, getppid};

tests::main! {
    each_way_computes_the_same,
    a_job_without_tasks_computes_nothing,
    no_way_is_shorter_than_its_waits,
    a_callback_of_a_process_waits_in_the_parent,
    processes_are_refused_beside_threads,
    a_process_that_is_killed_is_an_error,
    many_tasks_all_end,
}

/// Runs a job on a machine that was not measured: a step is a nanosecond.
fn run(way: Way, job: &Job) -> cpu_vs_io::Run {
    Machine::ideal(2).run(way, job).unwrap()
}

fn each_way_computes_the_same() {
    let task = Task::of(Duration::from_micros(100), 0.5);
    for tasks in [1, 2, 7] {
        let job = Job::new(tasks, task).callback(task);
        let sums = Way::ALL.map(|way| run(way, &job).sum);
        assert!(sums.iter().all(|&sum| sum == sums[0]), "{tasks}: {sums:?}");
    }
}

fn a_job_without_tasks_computes_nothing() {
    for way in Way::ALL {
        let job = Job::new(0, Task::computing(Duration::from_millis(1)));
        assert_eq!(run(way, &job).sum, 0, "{way}");
    }
}

fn no_way_is_shorter_than_its_waits() {
    let wait = Duration::from_millis(20);
    let job = Job::new(3, Task::waiting(wait)).callback(Task::waiting(wait));
    for way in Way::ALL {
        let least = match way {
            Way::Serial => 6 * wait,
            Way::Processes => 4 * wait,
            _ => 2 * wait,
        };
        let time = run(way, &job).time;
        assert!(time >= least, "{way}: {time:?}");
    }
}

fn a_callback_of_a_process_waits_in_the_parent() {
    let wait = Duration::from_millis(20);
    let job = Job::new(4, Task::default()).callback(Task::waiting(wait));
    assert!(run(Way::Processes, &job).time >= 4 * wait);
}

fn processes_are_refused_beside_threads() {
    let job = Job::new(1, Task::default());
    let refused = std::thread::scope(|scope| {
        scope.spawn(|| Machine::ideal(1).run(Way::Processes, &job)).join().unwrap()
    });
    assert!(matches!(refused, Err(Error::Process(processes::Error::Threads { .. }))));
}

fn a_process_that_is_killed_is_an_error() {
    let job = Job::new(3, Task::waiting(Duration::from_mins(1)));
    processes::scope(|family| {
        family.spawn("killer", || {
            // Until the first process of the job is there.
            loop {
                let others = processes::descendants(getppid().as_raw() as u32).unwrap();
                let own = getpid().as_raw() as u32;
                if let Some(&pid) = others.iter().filter(|&&pid| pid != own).min() {
                    kill(Pid::from_raw(pid as i32), Signal::SIGKILL).unwrap();
                    break;
                }
                std::thread::yield_now();
            }
        })?;
        let ended = Machine::ideal(1).run(Way::Processes, &job);
        assert!(matches!(&ended, Err(Error::Ended { number: 1, .. })), "{ended:?}");
        assert_eq!(
            ended.unwrap_err().to_string(),
            "process 1 ended badly: killed by SIGKILL"
        );
        Ok::<(), processes::Error>(())
    })
    .unwrap();
}

fn many_tasks_all_end() {
    let one = run(Way::Serial, &Job::new(1, Task::computing(Duration::from_micros(1))));
    for (way, tasks) in
        [(Way::Threads, 300), (Way::Processes, 100), (Way::Coroutines, 10_000)]
    {
        let job = Job::new(tasks, Task::computing(Duration::from_micros(1)));
        assert_eq!(run(way, &job).sum, one.sum.wrapping_mul(tasks.into()), "{way}");
    }
}
