//! One suite for both pools. The cases with `test_` in their documentation are those of
//! CPython's `Lib/test/test_concurrent_futures`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod waiting;

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use executors::{
    Error, Executor, Future, Outcome, ProcessPoolExecutor, ReturnWhen, SubmitError,
    TaskError, ThreadPoolExecutor, wait,
};
use processes::{Event, SharedMemory, scope};
use waiting::{
    a_hundred_thousand_tasks, as_completed_gives_each_once_in_the_order_of_their_ends,
    many_threads_wait_for_their_own_results, wait_for_all, wait_for_the_first,
    wait_for_the_first_exception, wait_times_out,
};

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_mins(1);

macro_rules! suite {
    ($($case:ident)*) => {
        mod threads {
            $(pub fn $case() {
                super::share();
                let pool = super::ThreadPoolExecutor::new(4).unwrap();
                super::$case(&pool);
            })*
        }
        mod processes_ {
            $(pub fn $case() {
                super::share();
                super::scope(|family| {
                    let pool = super::ProcessPoolExecutor::new(family, 4)?;
                    super::$case(&pool);
                    Ok::<(), super::Error>(())
                })
                .unwrap();
            })*
        }
        tests::main! { $(threads::$case, processes_::$case),* }
    };
}

suite! {
    submit_gives_the_result
    map_keeps_the_order_and_an_error_its_place
    map_is_lazy_bounded_and_cancels_what_is_left
    map_in_chunks_is_map
    run_after_shutdown_is_refused
    shutdown_waits_for_tasks_and_callbacks
    close_lets_the_tasks_be_done
    cancel_before_and_after_the_beginning
    cancel_pending_cancels_all_that_wait
    terminate_drops_what_waits
    a_panic_is_an_error_with_its_message
    the_states_of_a_future
    result_timeout_gives_the_future_back
    callbacks_get_the_outcome_in_their_order
    a_callback_that_panics_hides_none
    a_callback_of_a_future_that_is_done_is_called_at_once
    wait_for_the_first
    wait_for_the_first_exception
    wait_for_all
    wait_times_out
    as_completed_gives_each_once_in_the_order_of_their_ends
    many_threads_wait_for_their_own_results
    a_hundred_thousand_tasks
    large_arguments_and_results
    as_many_tasks_run_at_once_as_there_are_workers
}

/// What both pools are: threads may share them.
trait Pool: Executor + Sync {}

impl<P: Executor + Sync> Pool for P {}

/// What tasks of both pools reach: it is made before the pool is.
static GATE: LazyLock<Event> = LazyLock::new(|| Event::new().unwrap());
static BEGUN: LazyLock<SharedMemory<AtomicU32>> =
    LazyLock::new(|| SharedMemory::new(AtomicU32::new(0), 0).unwrap());
static MOST: LazyLock<SharedMemory<AtomicU32>> =
    LazyLock::new(|| SharedMemory::new(AtomicU32::new(0), 0).unwrap());

fn share() {
    LazyLock::force(&GATE);
    LazyLock::force(&BEGUN);
    LazyLock::force(&MOST);
}

fn square(n: u64) -> u64 {
    n * n
}

fn panics_at(bad: (u64, u64)) -> u64 {
    assert_ne!(bad.0, bad.1, "no apple {}", bad.0);
    bad.0
}

/// Says that it has begun, and waits until the gate opens.
fn at_the_gate(n: u64) -> u64 {
    BEGUN.fetch_add(1, SeqCst);
    GATE.wait();
    n
}

/// Waits until so many tasks stand at the gate.
fn wait_for_begun(count: u32) {
    while BEGUN.load(SeqCst) < count {
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Fills all workers with tasks that stand at the gate.
fn fill(pool: &impl Pool) -> Vec<Future<u64>> {
    let futures = (0..4).map(|n| pool.submit(at_the_gate, n).unwrap()).collect();
    wait_for_begun(4);
    futures
}

/// `test_submit`
fn submit_gives_the_result(pool: &impl Pool) {
    let future = pool.submit(square, 9).unwrap();
    assert_eq!(future.result(), Ok(81));
    assert_eq!(pool.apply(|(a, b): (u64, u64)| a + b, (1, 2)), Ok(3));
    assert_eq!(pool.apply(|()| (), ()), Ok(()));
    let name = pool.apply(|name: String| name + "!", "apple".to_owned());
    assert_eq!(name, Ok("apple!".to_owned()));
}

/// `test_map`, `test_map_exception`
fn map_keeps_the_order_and_an_error_its_place(pool: &impl Pool) {
    let results: Vec<_> = pool.map(square, 0..100).map(Result::unwrap).collect();
    assert!(results.into_iter().eq((0..100).map(square)));
    let results: Vec<_> = pool.map(panics_at, (0..5).map(|n| (n, 2))).collect();
    let error = results[2].clone().unwrap_err().to_string();
    assert!(error.contains("no apple 2"), "{error}");
    let results: Vec<_> = results.into_iter().map(Result::ok).collect();
    assert_eq!(results, [Some(0), Some(1), None, Some(3), Some(4)]);
}

/// `test_map_buffersize`, and that a generator that is closed cancels the rest
fn map_is_lazy_bounded_and_cancels_what_is_left(pool: &impl Pool) {
    let asked = AtomicU32::new(0);
    let items = (0..).inspect(|_| {
        asked.fetch_add(1, SeqCst);
    });
    let mut squares = pool.map(square, items).buffer_size(10);
    assert_eq!(asked.load(SeqCst), 0, "nothing is submitted before the first `next`");
    assert_eq!(squares.next(), Some(Ok(0)));
    assert_eq!(asked.load(SeqCst), 10);
    assert!((1..50).all(|n| squares.next() == Some(Ok(n * n))));
    assert_eq!(asked.load(SeqCst), 59);
    drop(squares);

    let mut waits = pool.map(at_the_gate, 0..20).buffer_size(20);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            wait_for_begun(4);
            GATE.set();
        });
        assert_eq!(waits.next(), Some(Ok(0)));
    });
    drop(waits);
    assert_eq!(pool.map(square, 0..0).next(), None);
}

fn map_in_chunks_is_map(pool: &impl Pool) {
    for chunk_size in [0, 1, 2, 7, 10, 100] {
        let squares = pool.map(square, 0..10).chunk_size(chunk_size);
        assert!(squares.map(Result::unwrap).eq((0..10).map(square)));
    }
    // The whole chunk fails.
    let results = pool.map(panics_at, (0..5).map(|n| (n, 2))).chunk_size(2);
    let is_ok: Vec<_> = results.map(|result| result.is_ok()).collect();
    assert_eq!(is_ok, [true, true, false, false, true]);
}

/// `test_run_after_shutdown`
fn run_after_shutdown_is_refused(pool: &impl Pool) {
    pool.shutdown().unwrap();
    let refused = pool.submit(square, 2).map(drop);
    assert_eq!(refused, Err(SubmitError::ShutDown));
    let refused = Some(Err(TaskError::NotSubmitted(SubmitError::ShutDown)));
    assert_eq!(pool.map(square, 0..1).next(), refused);
    assert!(pool.shutdown().is_ok(), "a second shutdown changes nothing");
    assert_eq!(pool.terminate().unwrap(), 0);
}

/// `test_context_manager_shutdown`, `test_hang_issue12364`
fn shutdown_waits_for_tasks_and_callbacks(pool: &impl Pool) {
    let called = Arc::new(AtomicU32::new(0));
    let slow = |n: u64| {
        std::thread::sleep(Duration::from_millis(20));
        n
    };
    let futures: Vec<_> = (0..50)
        .map(|n| {
            let (future, called) = (pool.submit(slow, n).unwrap(), Arc::clone(&called));
            future.add_done_callback(move |_| {
                called.fetch_add(1, SeqCst);
            });
            future
        })
        .collect();
    pool.shutdown().unwrap();
    assert!(futures.iter().all(Future::done));
    assert_eq!(called.load(SeqCst), 50);
    assert!(futures.into_iter().map(|it| it.result().unwrap()).eq(0..50));
}

/// `test_shutdown_no_wait`
fn close_lets_the_tasks_be_done(pool: &impl Pool) {
    let futures: Vec<_> = (0..20).map(|n| pool.submit(square, n).unwrap()).collect();
    pool.close();
    assert!(pool.submit(square, 0).is_err());
    assert!(futures.into_iter().map(|it| it.result().unwrap()).eq((0..20).map(square)));
}

/// `test_cancel`, `test_cancelled`, `test_result_with_cancel`
fn cancel_before_and_after_the_beginning(pool: &impl Pool) {
    let running = fill(pool);
    let waits = pool.submit(at_the_gate, 9).unwrap();
    let told = Arc::new(Mutex::new(None));
    let tell = Arc::clone(&told);
    waits.add_done_callback(move |outcome: &Outcome<u64>| {
        *tell.lock().unwrap() = Some(outcome.clone());
    });
    assert!(!running[0].cancel() && !running[0].cancelled());
    assert!(waits.cancel() && waits.cancel() && waits.cancelled() && waits.done());
    assert_eq!(*told.lock().unwrap(), Some(Err(TaskError::Cancelled)));
    assert_eq!(waits.exception(), Some(TaskError::Cancelled));
    assert_eq!(waits.result(), Err(TaskError::Cancelled));
    GATE.set();
    assert!(running.into_iter().map(|it| it.result().unwrap()).eq(0..4));
    assert_eq!(BEGUN.load(SeqCst), 4, "the cancelled task has not begun");
    let done = pool.submit(square, 3).unwrap();
    while !done.done() {
        std::thread::yield_now();
    }
    assert!(!done.cancel() && done.result() == Ok(9));
}

/// `test_cancel_futures`
fn cancel_pending_cancels_all_that_wait(pool: &impl Pool) {
    let running = fill(pool);
    let waits: Vec<_> = (0..46).map(|n| pool.submit(square, n).unwrap()).collect();
    assert_eq!(pool.cancel_pending(), 46);
    assert!(waits.iter().all(Future::cancelled));
    GATE.set();
    pool.shutdown().unwrap();
    assert!(running.into_iter().map(|it| it.result().unwrap()).eq(0..4));
    assert_eq!(pool.cancel_pending(), 0);
}

fn terminate_drops_what_waits(pool: &impl Pool) {
    let running = fill(pool);
    let waits: Vec<_> = (0..6).map(|n| pool.submit(square, n).unwrap()).collect();
    // A thread goes on to the end of its task; a process does not.
    let opener = std::thread::spawn(|| {
        std::thread::sleep(Duration::from_millis(200));
        GATE.set();
    });
    let lost = pool.terminate().unwrap();
    opener.join().unwrap();
    let outcomes: Vec<_> =
        running.into_iter().chain(waits).map(Future::result).collect();
    let failed = outcomes.iter().filter(|outcome| outcome.is_err()).count();
    assert_eq!(lost, failed);
    assert!(outcomes[4..].iter().all(Result::is_err), "{outcomes:?}");
    assert_eq!(pool.submit(square, 1).map(drop), Err(SubmitError::ShutDown));
}

/// `test_exception`
fn a_panic_is_an_error_with_its_message(pool: &impl Pool) {
    let panics: [fn(()); 2] = [
        |()| panic!("static"),
        |()| {
            std::panic::panic_any(7_u8);
        },
    ];
    let expected = ["static", "a value that is no text"];
    for (panic, message) in panics.into_iter().zip(expected) {
        let failed = pool.apply(panic, ());
        assert_eq!(failed, Err(TaskError::Panicked(message.to_owned())));
    }
    let future = pool.submit(panics_at, (1, 1)).unwrap();
    let error = future.exception().unwrap().to_string();
    assert!(error.starts_with("the task panicked: ") && error.contains("no apple 1"));
    // The workers live on.
    assert!(pool.map(square, 0..8).all(|result| result.is_ok()));
}

/// `test_done`, `test_running`
fn the_states_of_a_future(pool: &impl Pool) {
    let mut futures = fill(pool);
    futures.push(pool.submit(square, 1).unwrap());
    let states = |future: &Future<u64>| (future.running(), future.done());
    let seen: Vec<_> = futures.iter().map(states).collect();
    assert_eq!(
        seen,
        [(true, false), (true, false), (true, false), (true, false), (false, false)]
    );
    assert_eq!(
        format!("{:?} {:?}", futures[0], futures[4]),
        "Future(running) Future(pending)"
    );
    GATE.set();
    let waited = wait(futures, Some(LONG), ReturnWhen::AllCompleted);
    assert!(waited.done.iter().all(|future| states(future) == (false, true)));
    assert_eq!(waited.done.len(), 5);
}

/// `test_result_with_timeout`
fn result_timeout_gives_the_future_back(pool: &impl Pool) {
    let futures = fill(pool);
    for timeout in [Duration::ZERO, Duration::from_millis(30)] {
        let future = pool.submit(square, 5).unwrap();
        let begin = std::time::Instant::now();
        let future = future.result_timeout(timeout).unwrap_err();
        assert!(begin.elapsed() >= timeout && !future.done());
    }
    GATE.set();
    for (n, future) in (0..).zip(futures) {
        assert_eq!(future.result_timeout(Duration::MAX).unwrap(), Ok(n));
    }
}

/// `test_done_callback_with_result`, `…_with_exception`
fn callbacks_get_the_outcome_in_their_order(pool: &impl Pool) {
    for (argument, expected) in [((1, 2), true), ((2, 2), false)] {
        let told = Arc::new(Mutex::new(Vec::new()));
        let future = pool.submit(panics_at, argument).unwrap();
        for turn in 0..3 {
            let told = Arc::clone(&told);
            future.add_done_callback(move |outcome: &Outcome<u64>| {
                told.lock().unwrap().push((turn, outcome.is_ok()));
            });
        }
        assert_eq!(future.result().is_ok(), expected);
        assert_eq!(*told.lock().unwrap(), [0, 1, 2].map(|turn| (turn, expected)));
    }
}

/// `test_done_callback_raises`
fn a_callback_that_panics_hides_none(pool: &impl Pool) {
    let called = Arc::new(AtomicBool::new(false));
    let future = pool.submit(square, 2).unwrap();
    future.add_done_callback(|_| panic!("a callback panics, as it should"));
    let calls = Arc::clone(&called);
    future.add_done_callback(move |_| calls.store(true, SeqCst));
    assert_eq!(future.result(), Ok(4));
    assert!(called.load(SeqCst));
    assert_eq!(pool.apply(square, 3), Ok(9));
}

/// `test_done_callback_already_successful`, `…_already_failed`, `…_already_cancelled`
fn a_callback_of_a_future_that_is_done_is_called_at_once(pool: &impl Pool) {
    let future = pool.submit(square, 2).unwrap();
    let waited = wait(vec![future], Some(LONG), ReturnWhen::AllCompleted);
    let (thread, told) = (std::thread::current().id(), Arc::new(Mutex::new(None)));
    let tell = Arc::clone(&told);
    waited.done[0].add_done_callback(move |outcome: &Outcome<u64>| {
        let is_here = std::thread::current().id() == thread;
        *tell.lock().unwrap() = Some((outcome.clone(), is_here));
    });
    assert_eq!(*told.lock().unwrap(), Some((Ok(4), true)));
}

fn large_arguments_and_results(pool: &impl Pool) {
    let long = "x".repeat(5 << 20);
    let results: Vec<_> = (0..30)
        .map(|_| pool.submit(|text: String| text, long.clone()).unwrap())
        .collect();
    assert!(results.into_iter().all(|future| future.result().unwrap() == long));
}

fn as_many_tasks_run_at_once_as_there_are_workers(pool: &impl Pool) {
    assert_eq!(pool.workers(), 4);
    let counted = |n: u64| {
        let now = BEGUN.fetch_add(1, SeqCst) + 1;
        MOST.fetch_max(now, SeqCst);
        std::thread::sleep(Duration::from_millis(5));
        BEGUN.fetch_sub(1, SeqCst);
        n
    };
    assert_eq!(pool.map(counted, 0..40).flatten().count(), 40);
    assert_eq!(MOST.load(SeqCst), 4);
}
