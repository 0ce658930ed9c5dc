//! Tasks and processes that end as they should not: a task that panics, exits, is
//! killed, forks or never ends; a keeper that is killed; a child that uses the pool of
//! its parent; values that cannot be sent.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::num::NonZeroU32;
use std::process::id;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use executors::{
    Error, Executor, Future, Outcome, ProcessPoolExecutor, ReturnWhen, SubmitError,
    TaskError, ThreadPoolExecutor, wait,
};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};
use processes::{Exit, SIGABRT, SIGKILL, descendants, scope};
use rustix::process::{Pid, Signal, kill_process};
use tests::hostile::Hostile;

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_mins(1);

tests::main! {
    a_worker_that_ends_costs_its_task_and_is_replaced,
    a_worker_that_is_killed_while_it_is_idle_costs_nothing,
    a_killed_keeper_breaks_the_pool_and_leaves_no_process,
    a_task_that_never_ends_is_ended_by_terminate,
    a_task_may_fork_with_care,
    a_copy_of_a_worker_does_not_go_on,
    a_worker_ends_after_its_share,
    an_initializer_is_called_in_each_worker,
    an_initializer_that_fails_breaks_the_pool,
    values_that_cannot_be_sent_are_errors,
    a_full_pool_makes_submit_wait,
    a_child_cannot_use_the_pool_of_its_parent,
    a_process_with_threads_cannot_make_a_pool_of_processes,
    numbers_of_workers_are_checked,
    a_pool_that_is_dropped_is_shut_down,
    futures_of_several_pools_are_waited_for_together,
}

fn pool_of(workers: usize, body: impl FnOnce(&ProcessPoolExecutor)) {
    scope(|family| {
        body(&ProcessPoolExecutor::new(family, workers)?);
        Ok::<(), Error>(())
    })
    .unwrap();
}

fn square(n: u64) -> u64 {
    n * n
}

fn sleep_a_little(n: u64) -> u64 {
    std::thread::sleep(Duration::from_millis(30));
    n
}

fn pause(_: u64) -> u64 {
    processes::pause()
}

fn kill(pid: u32) {
    kill_process(Pid::from_raw(pid.cast_signed()).unwrap(), Signal::KILL).unwrap();
}

type Task = fn(u64) -> u64;

/// `test_killed_child`, and `test_crash…` of CPython's `test_deadlock.py`
fn a_worker_that_ends_costs_its_task_and_is_replaced() {
    let ends: [(Task, Exit); 4] = [
        (|_| std::process::exit(3), Exit::Code(3)),
        (|_| std::process::exit(0), Exit::Ok),
        (|_| std::process::abort(), Exit::Fatal(SIGABRT)),
        (
            |_| {
                kill(id());
                processes::pause()
            },
            Exit::Killed(SIGKILL),
        ),
    ];
    pool_of(2, |pool| {
        for (end, exit) in ends {
            let mut futures: Vec<_> =
                (0..20).map(|n| pool.submit(sleep_a_little, n).unwrap()).collect();
            futures.insert(7, pool.submit(end, 0).unwrap());
            let mut outcomes: Vec<_> =
                futures.into_iter().map(Future::result).collect();
            assert_eq!(outcomes.remove(7), Err(TaskError::BrokenWorker { exit }));
            assert!(outcomes.into_iter().map(Result::unwrap).eq(0..20));
        }
        assert!(pool.shutdown().is_ok());
    });
}

fn a_worker_that_is_killed_while_it_is_idle_costs_nothing() {
    pool_of(2, |pool| {
        for _ in 0..20 {
            let workers = wait_for_workers(pool, 2);
            for pid in workers {
                kill(pid);
            }
            assert!(pool.map(square, 0..50).all(|result| result.is_ok()));
        }
    });
}

/// The pids of the workers, once so many live.
fn wait_for_workers(pool: &ProcessPoolExecutor, count: usize) -> Vec<u32> {
    let begin = Instant::now();
    loop {
        let keeper = processes::parent(pool.apply(|()| id(), ()).unwrap()).unwrap();
        let workers = keeper.map(|keeper| descendants(keeper).unwrap());
        if let Some(workers) = workers.filter(|workers| workers.len() == count) {
            return workers;
        }
        assert!(begin.elapsed() < LONG);
    }
}

fn a_killed_keeper_breaks_the_pool_and_leaves_no_process() {
    pool_of(2, |pool| {
        let done = pool.submit(square, 3).unwrap();
        let done = wait(vec![done], Some(LONG), ReturnWhen::AllCompleted).done;
        let futures: Vec<_> = (0..10).map(|n| pool.submit(pause, n).unwrap()).collect();
        let keeper = descendants(id()).unwrap()[0];
        kill(keeper);
        for future in futures {
            assert_eq!(future.result(), Err(TaskError::BrokenPool));
        }
        assert!(done.into_iter().all(|future| future.result() == Ok(9)));
        assert_eq!(pool.submit(square, 1).map(drop), Err(SubmitError::Broken));
        let broken = pool.shutdown().unwrap_err();
        assert!(matches!(broken, Error::Broken(Exit::Killed(SIGKILL))), "{broken}");
    });
    assert!(descendants(id()).unwrap().is_empty());
}

fn a_task_that_never_ends_is_ended_by_terminate() {
    pool_of(3, |pool| {
        let futures: Vec<_> = (0..10).map(|n| pool.submit(pause, n).unwrap()).collect();
        let timeout = Duration::from_millis(50);
        let waited = wait(futures, Some(timeout), ReturnWhen::FirstCompleted);
        assert_eq!(waited.not_done.len(), 10);
        assert_eq!(pool.terminate().unwrap(), 10);
        assert!(descendants(id()).unwrap().is_empty());
        for future in waited.not_done {
            assert_eq!(future.result(), Err(TaskError::BrokenPool));
        }
        assert_eq!(pool.terminate().unwrap(), 0);
        assert!(pool.shutdown().is_ok());
    });
}

/// A worker has one thread, so a task can start processes of its own.
fn a_task_may_fork_with_care() {
    let fork = |n: u64| {
        let exit = scope(|family| family.spawn("child", || ())?.join());
        if exit.is_ok_and(Exit::is_ok) { n } else { 0 }
    };
    pool_of(2, |pool| {
        assert!(pool.map(fork, 1..10).map(Result::unwrap).eq(1..10));
    });
}

/// A fork that returns from the task is a second worker that would answer for the
/// first.
fn a_copy_of_a_worker_does_not_go_on() {
    let forks = |n: u64| {
        // SAFETY: a worker has one thread.
        let forked = unsafe { fork() }.unwrap();
        if let ForkResult::Parent { child } = forked {
            let status = waitpid(child, None).unwrap();
            let WaitStatus::Signaled(_, signal, _) = status else {
                panic!("{status:?}")
            };
            assert_eq!(signal, nix::sys::signal::Signal::SIGABRT);
        }
        n
    };
    pool_of(1, |pool| {
        assert!(pool.map(forks, 0..5).map(Result::unwrap).eq(0..5));
        assert!(pool.map(square, 0..5).map(Result::unwrap).eq((0..5).map(square)));
    });
}

/// `test_max_tasks_per_child`
fn a_worker_ends_after_its_share() {
    scope(|family| {
        let pool = ProcessPoolExecutor::builder()
            .workers(2)
            .max_tasks_per_child(NonZeroU32::new(5).unwrap())
            .build(family)?;
        let pids = pool.map(|()| id(), std::iter::repeat_n((), 50));
        let mut pids: Vec<_> = pids.collect::<Outcome<_>>().unwrap();
        pids.sort_unstable();
        let tasks = pids.chunk_by(|a, b| a == b).map(<[u32]>::len);
        assert!(tasks.clone().all(|of_one| of_one <= 5), "{pids:?}");
        // At the end two workers are left, which share the last tasks as they come.
        assert!(tasks.filter(|&of_one| of_one < 5).count() <= 2, "{pids:?}");
        pool.shutdown()
    })
    .unwrap();
}

static PLACE: Mutex<u64> = Mutex::new(0);

/// `InitializerMixin`
fn an_initializer_is_called_in_each_worker() {
    let place = |()| {
        std::thread::sleep(Duration::from_millis(5));
        *PLACE.lock().unwrap()
    };
    let (captured, set) = (40, |to| move || *PLACE.lock().unwrap() = to);
    scope(|family| {
        let builder =
            ProcessPoolExecutor::builder().workers(3).initializer(set(captured));
        let pool = builder.build(family)?;
        let places = pool.map(place, std::iter::repeat_n((), 30));
        assert!(places.map(Result::unwrap).all(|place| place == 40));
        assert_eq!(*PLACE.lock().unwrap(), 0, "the parent has its own copy");
        Ok::<(), Error>(())
    })
    .unwrap();
    let add = || *PLACE.lock().unwrap() += 1;
    let pool =
        ThreadPoolExecutor::builder().workers(3).initializer(add).build().unwrap();
    assert!(pool.map(place, std::iter::repeat_n((), 30)).all(|place| place.is_ok()));
    drop(pool);
    assert!((1..=3).contains(&*PLACE.lock().unwrap()), "once in each thread at most");
}

/// `FailingInitializerMixin`
fn an_initializer_that_fails_breaks_the_pool() {
    let fails: [fn(); 2] =
        [|| panic!("an initializer fails"), || std::process::exit(4)];
    for (fail, code) in fails.into_iter().zip([101, 4]) {
        scope(|family| {
            let builder = ProcessPoolExecutor::builder().workers(2).initializer(fail);
            let pool = builder.build(family)?;
            match pool.submit(square, 3) {
                Ok(future) => assert_eq!(future.result(), Err(TaskError::BrokenPool)),
                Err(refused) => assert_eq!(refused, SubmitError::Broken),
            }
            let broken = pool.shutdown().unwrap_err();
            assert!(matches!(broken, Error::Broken(Exit::Code(1))), "{code}: {broken}");
            Ok::<(), Error>(())
        })
        .unwrap();
    }
    let fail = || panic!("an initializer fails");
    let pool =
        ThreadPoolExecutor::builder().workers(2).initializer(fail).build().unwrap();
    assert_eq!(pool.submit(square, 3).unwrap().result(), Err(TaskError::BrokenPool));
    assert_eq!(pool.submit(square, 3).map(drop), Err(SubmitError::Broken));
}

/// `test_error_at_task_pickle`, `test_error_at_result_unpickle` …
fn values_that_cannot_be_sent_are_errors() {
    std::panic::set_hook(Box::new(|_| ()));
    let same = |it: Hostile| it;
    let make: [fn(()) -> Hostile; 5] = [
        |()| Hostile::FailsEncoded,
        |()| Hostile::PanicsEncoded,
        |()| Hostile::FailsDecoded,
        |()| Hostile::PanicsDecoded,
        |()| Hostile::Long(1 << 25),
    ];
    pool_of(2, |pool| {
        assert_eq!(pool.apply(same, Hostile::Fine), Ok(Hostile::Fine));
        let refused = pool.submit(same, Hostile::FailsEncoded).map(drop);
        assert!(matches!(refused, Err(SubmitError::Encode(_))), "{refused:?}");
        let refused = pool.submit(same, Hostile::Long(1 << 25)).map(drop);
        assert!(matches!(refused, Err(SubmitError::Encode(_))), "{refused:?}");
        for bad in [Hostile::FailsDecoded, Hostile::PanicsDecoded] {
            let failed = pool.apply(same, bad);
            assert!(matches!(failed, Err(TaskError::Decode(_))), "{failed:?}");
        }
        let failed: Vec<_> = make.iter().map(|&make| pool.apply(make, ())).collect();
        let kinds = failed.iter().map(|failed| match failed {
            Err(TaskError::Encode(_)) => "encode",
            Err(TaskError::Decode(_)) => "decode",
            _ => "other",
        });
        let expected = ["encode", "encode", "decode", "decode", "encode"];
        assert!(kinds.eq(expected), "{failed:?}");
        // The workers live on.
        assert!(pool.map(square, 0..8).all(|result| result.is_ok()));
    });
}

fn a_full_pool_makes_submit_wait() {
    scope(|family| {
        let pool =
            ProcessPoolExecutor::builder().workers(2).capacity(3).build(family)?;
        let begin = Instant::now();
        let futures: Vec<_> =
            (0..9).map(|n| pool.submit(sleep_a_little, n).unwrap()).collect();
        // Six of them are done, by two workers.
        assert!(begin.elapsed() >= Duration::from_millis(90));
        assert!(futures.into_iter().map(|it| it.result().unwrap()).eq(0..9));
        pool.shutdown()
    })
    .unwrap();
}

fn a_child_cannot_use_the_pool_of_its_parent() {
    scope(|family| {
        let pool = ProcessPoolExecutor::new(family, 1)?;
        let future = pool.submit(pause, 1).unwrap();
        let child = family.spawn("child", || {
            assert_eq!(pool.submit(square, 1).map(drop), Err(SubmitError::NotYours));
            assert!(!future.cancel() && !future.done());
            assert_eq!(future.exception(), Some(TaskError::NotYours));
            assert!(matches!(pool.shutdown(), Err(Error::NotYours)));
            assert!(matches!(pool.terminate(), Err(Error::NotYours)));
        })?;
        assert_eq!(child.join()?, Exit::Ok);
        // The child's copies have changed nothing.
        assert!(!future.done() && pool.terminate()? == 1);
        Ok::<(), Error>(())
    })
    .unwrap();
}

fn a_process_with_threads_cannot_make_a_pool_of_processes() {
    let (sender, receiver) = std::sync::mpsc::channel::<()>();
    let thread = std::thread::spawn(move || receiver.recv());
    let refused = scope(|family| {
        Ok::<_, Error>(ProcessPoolExecutor::new(family, 2).unwrap_err().to_string())
    });
    let refused = refused.unwrap();
    assert!(refused.starts_with("cannot start keeper: this process has 2 threads"));
    drop(sender);
    assert!(thread.join().unwrap().is_err());
}

/// `test_max_workers_negative`, `test_max_workers_too_large`
fn numbers_of_workers_are_checked() {
    let refused = |made: Result<(), Error>| made.unwrap_err().to_string();
    for (workers, limit) in [(0, 10_000), (10_001, 10_000)] {
        let expected = format!("a pool has 1 to {limit} workers, not {workers}");
        assert_eq!(refused(ThreadPoolExecutor::new(workers).map(drop)), expected);
    }
    for (workers, limit) in [(0, 256), (257, 256)] {
        let made = scope(|family| ProcessPoolExecutor::new(family, workers).map(drop));
        let expected = format!("a pool has 1 to {limit} workers, not {workers}");
        assert_eq!(refused(made), expected);
    }
}

/// `test_context_manager_shutdown`, `test_del_shutdown`
fn a_pool_that_is_dropped_is_shut_down() {
    scope(|family| {
        let pool = ProcessPoolExecutor::new(family, 2)?;
        let futures: Vec<_> =
            (0..6).map(|n| pool.submit(sleep_a_little, n).unwrap()).collect();
        drop(pool);
        assert!(futures.iter().all(Future::done));
        let pool = ThreadPoolExecutor::new(2)?;
        let futures: Vec<_> =
            (0..6).map(|n| pool.submit(sleep_a_little, n).unwrap()).collect();
        drop(pool);
        assert!(futures.iter().all(Future::done));
        Ok::<(), Error>(())
    })
    .unwrap();
}

fn futures_of_several_pools_are_waited_for_together() {
    scope(|family| {
        let one = ProcessPoolExecutor::new(family, 2)?;
        let other = ProcessPoolExecutor::new(family, 2)?;
        let threads = ThreadPoolExecutor::new(2)?;
        let mut futures = Vec::new();
        for n in 0..10 {
            futures.push(one.submit(sleep_a_little, 3 * n).unwrap());
            futures.push(other.submit(sleep_a_little, 3 * n + 1).unwrap());
            futures.push(threads.submit(sleep_a_little, 3 * n + 2).unwrap());
        }
        let waited = wait(futures, Some(Duration::ZERO), ReturnWhen::AllCompleted);
        let futures = waited.done.into_iter().chain(waited.not_done);
        let done = executors::as_completed(futures).map(|it| it.result().unwrap());
        let mut done: Vec<u64> = done.collect();
        done.sort_unstable();
        assert!(done.into_iter().eq(0..30));
        Ok::<(), Error>(())
    })
    .unwrap();
}
