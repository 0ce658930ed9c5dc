//! The explorer and what is around it: programs that it cannot explore, real threads,
//! and what is printed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use interleavings::sync::atomic::{AtomicI64, Ordering::Relaxed};
use interleavings::{Error, Limits, Report, explore, thread};

fn all<T: std::fmt::Debug>(program: impl Fn() -> T + Send + 'static) -> Report {
    let report = explore(program, Limits::default()).unwrap();
    assert!(report.complete, "{report}");
    report
}

fn ends(report: &Report) -> Vec<String> {
    report.outcomes.iter().map(|outcome| outcome.end.to_string()).collect()
}

#[test]
fn a_program_that_differs_from_run_to_run_is_an_error() {
    static RUNS: AtomicU64 = AtomicU64::new(0);
    let program = || {
        let runs = RUNS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let n = AtomicI64::new(0);
        thread::scope(|scope| {
            scope.spawn(|| n.store(1, Relaxed));
            scope.spawn(|| {
                if runs < 1 {
                    n.store(2, Relaxed);
                }
            });
        });
    };
    let error = explore(program, Limits::default()).unwrap_err();
    assert!(matches!(error, Error::Nondeterministic { steps: 0, .. }), "{error}");
}

#[test]
fn a_lock_of_std_or_a_real_sleep_ends_the_exploration_after_a_second() {
    let begin = Instant::now();
    let program = || {
        let (unseen, n) = (std::sync::Mutex::new(()), AtomicI64::new(0));
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let _held = unseen.lock().unwrap();
                    n.fetch_add(1, Relaxed);
                });
            }
        });
    };
    let error = explore(program, Limits::default()).unwrap_err();
    let Error::Stuck(stands) = &error else { panic!("{error}") };
    assert_eq!(stands[0].thread, "thread 1");
    assert!(error.to_string().contains("surroundings.rs:"), "{error}");

    let program = || std::thread::sleep(Duration::from_hours(1));
    let error = explore(program, Limits::default()).unwrap_err();
    assert!(matches!(error, Error::Stuck(_)), "{error}");
    assert!(begin.elapsed() >= Duration::from_secs(2));
}

#[test]
fn two_explorations_and_real_threads_do_not_disturb_each_other() {
    static SHARED: AtomicI64 = AtomicI64::new(0);
    let count = || {
        let n = AtomicI64::new(0);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| n.fetch_add(1, Relaxed));
            }
        });
        n.into_inner()
    };
    std::thread::scope(|scope| {
        let explorations = [(); 2].map(|()| {
            scope.spawn(move || (0..200).fold(None, |_, _| Some(all(count))))
        });
        let real = scope.spawn(move || {
            (0..1_000).for_each(|_| {
                SHARED.fetch_add(count(), Relaxed);
            });
        });
        for exploration in explorations {
            let report = exploration.join().unwrap().unwrap();
            assert_eq!((report.schedules, ends(&report)), (2, vec!["2".to_owned()]));
        }
        real.join().unwrap();
    });
    assert_eq!(SHARED.load(Relaxed), 2_000);
}

#[test]
fn a_handle_outlives_its_exploration() {
    let kept = Arc::new(std::sync::Mutex::new(None));
    let inside = Arc::clone(&kept);
    let report = all(move || {
        let handle = thread::spawn(|| 7);
        handle.thread().unpark();
        *inside.lock().unwrap() = Some((handle, thread::current()));
    });
    assert_eq!(report.failures, 0);
    let (handle, main) = kept.lock().unwrap().take().unwrap();
    main.unpark();
    assert_eq!(handle.join().unwrap(), 7);
}

/// Plays itself in a process of its own, whose output it reads.
#[test]
fn an_explored_program_prints_nothing_and_sleeps_at_once() {
    const CHILD: &str = "EXPLORES_AND_PRINTS";
    let name = "an_explored_program_prints_nothing_and_sleeps_at_once";
    if std::env::var_os(CHILD).is_some() {
        let report = all(|| {
            assert!(speaks_and_sleeps().is_err());
            panic!("it has slept")
        });
        assert_eq!(ends(&report), ["panic: it has slept"]);
        shared::say!("spoken outside");
        return;
    }
    let begin = Instant::now();
    let played = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&played.stdout);
    assert!(played.status.success(), "{said}");
    assert!(
        said.contains("spoken outside") && !said.contains("spoken inside"),
        "{said}"
    );
    assert!(!said.contains('✓') && !said.contains('✗'), "{said}");
    assert!(!String::from_utf8_lossy(&played.stderr).contains("it has slept"));
    assert!(begin.elapsed() < Duration::from_mins(10));
}

fn speaks_and_sleeps() -> shared::Result {
    shared::say!("spoken inside");
    let apples = 2;
    shared::claim!(apples == 2, "there are two apples");
    shared::pace::sleep(36_000.0);
    shared::claim!(false, "the claim is broken, and ends the run");
    Ok(())
}
