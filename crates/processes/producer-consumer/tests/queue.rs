//! The queue between real processes.
//!
//! Ported by idea from CPython's `test_queue.py` and `_test_multiprocessing.py`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::time::{Duration, Instant};

use processes::{Error, Process, SharedMemory, State, scope, state};
use producer_consumer::{GetError, ProcessQueue, PutError, Ring};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(30);

tests::main! {
    one_to_one_keeps_the_order,
    many_to_many_pass_each_item_once,
    many_to_many_on_one_core,
    threads_share_it_too,
    full_and_empty_now_and_after_the_timeout,
    a_put_into_a_full_queue_waits_for_a_get,
    a_get_from_an_empty_queue_waits_for_a_put,
    a_sleeper_is_woken_at_once,
    a_large_item_waits_until_there_is_room_for_it,
    closing_lets_what_is_in_it_be_got,
    closing_in_the_midst_of_it_loses_nothing,
    closing_ends_every_wait,
    nothing_is_left_of_a_queue_that_is_dropped,
}

fn one_to_one_keeps_the_order() -> Result<(), Error> {
    for maxsize in [1, 100, 0] {
        let queue = ProcessQueue::new(maxsize).unwrap();
        scope(|family| {
            family.spawn("producer", || {
                (0..10_000).try_for_each(|item| queue.put(item))
            })?;
            (0..10_000).for_each(|item| assert_eq!(queue.get_timeout(LONG), Ok(item)));
            assert_eq!(queue.try_get(), Err(GetError::Empty));
            Ok::<(), Error>(())
        })?;
    }
    Ok(())
}

fn many_to_many_pass_each_item_once() -> Result<(), Error> {
    [1, 10, 0].into_iter().try_for_each(pass_each_item_once)
}

/// No process goes on while another spins.
fn many_to_many_on_one_core() -> Result<(), Error> {
    let all = sched_getaffinity(None).unwrap();
    let mut one = CpuSet::new();
    one.set((0..CpuSet::MAX_CPU).find(|&core| all.is_set(core)).unwrap());
    sched_setaffinity(None, &one).unwrap();
    let passed = [1, 0].into_iter().try_for_each(pass_each_item_once);
    sched_setaffinity(None, &all).unwrap();
    passed
}

/// 8 producers, 8 consumers, 10,000 items.
fn pass_each_item_once(maxsize: usize) -> Result<(), Error> {
    let (queue, got) = (
        ProcessQueue::<u32>::new(maxsize).unwrap(),
        ProcessQueue::<u32>::new(0).unwrap(),
    );
    let (queue, got) = (&queue, &got);
    scope(|family| {
        for _ in 0..8 {
            family.spawn("consumer", || {
                queue.iter().try_for_each(|item| got.put(item.unwrap()))
            })?;
        }
        let producers: Vec<Process> = (0..8)
            .map(|producer| {
                let mut items = producer * 1250..(producer + 1) * 1250;
                family.spawn("producer", move || {
                    items.try_for_each(|item| queue.put(item))
                })
            })
            .collect::<Result<_, _>>()?;
        let mut items: Vec<u32> =
            (0..10_000).map(|_| got.get_timeout(LONG).unwrap()).collect();
        for producer in producers {
            assert!(producer.join()?.is_ok());
        }
        queue.close();
        family.join()?;
        items.sort_unstable();
        assert!(items.into_iter().eq(0..10_000));
        assert_eq!(got.try_get(), Err(GetError::Empty));
        Ok(())
    })
}

fn threads_share_it_too() -> Result<(), Error> {
    let queue = ProcessQueue::new(3).unwrap();
    scope(|family| {
        // Threads of a child: the harness must not have any, or it could not fork for
        // the next test.
        let child = family.spawn("child", || {
            let sum = std::thread::scope(|scope| {
                let get = || queue.iter().map(Result::unwrap).sum::<u64>();
                let consumers = [(); 2].map(|()| scope.spawn(get));
                let put = || (1..=5000).try_for_each(|item| queue.put(item)).unwrap();
                [(); 2]
                    .map(|()| scope.spawn(put))
                    .into_iter()
                    .for_each(|producer| producer.join().unwrap());
                queue.close();
                consumers
                    .into_iter()
                    .map(|consumer| consumer.join().unwrap())
                    .sum::<u64>()
            });
            assert_eq!(sum, 2 * 5000 * 5001 / 2);
        })?;
        assert!(child.join()?.is_ok());
        Ok(())
    })
}

fn full_and_empty_now_and_after_the_timeout() {
    let timeout = Duration::from_millis(250);
    let takes_the_timeout = |act: &dyn Fn()| {
        let begin = Instant::now();
        act();
        assert!(begin.elapsed() >= timeout);
        assert!(begin.elapsed() < LONG);
    };
    let queue = ProcessQueue::new(2).unwrap();
    assert_eq!(queue.try_get(), Err(GetError::Empty));
    assert_eq!(queue.get_timeout(Duration::ZERO), Err(GetError::Empty));
    takes_the_timeout(&|| assert_eq!(queue.get_timeout(timeout), Err(GetError::Empty)));
    assert!(queue.is_empty() && !queue.is_full() && queue.maxsize() == 2);

    queue.put("one".to_owned()).unwrap();
    assert!(!queue.is_empty() && !queue.is_full() && queue.len() == 1);
    queue.put_timeout("two".to_owned(), Duration::ZERO).unwrap();
    assert!(!queue.is_empty() && queue.is_full() && queue.len() == 2);
    let refused = |put: Result<(), PutError<String>>| {
        assert!(matches!(put, Err(PutError::Full(item)) if item == "three"));
    };
    refused(queue.try_put("three".to_owned()));
    refused(queue.put_timeout("three".to_owned(), Duration::ZERO));
    takes_the_timeout(&|| refused(queue.put_timeout("three".to_owned(), timeout)));

    // Used up to the brim, it works as before.
    for item in ["one", "two"] {
        assert_eq!(queue.get_timeout(Duration::MAX).as_deref(), Ok(item));
    }
    assert_eq!(queue.try_get(), Err(GetError::Empty));
    queue.put_timeout("four".to_owned(), Duration::MAX).unwrap();
    assert_eq!(queue.try_get().as_deref(), Ok("four"));
}

fn a_put_into_a_full_queue_waits_for_a_get() -> Result<(), Error> {
    let queue = ProcessQueue::new(1).unwrap();
    queue.put(1).unwrap();
    blocks_until(|| queue.put(2).unwrap(), || assert_eq!(queue.get(), Ok(1)))?;
    assert_eq!(queue.get(), Ok(2));
    Ok(())
}

fn a_get_from_an_empty_queue_waits_for_a_put() -> Result<(), Error> {
    let queue = ProcessQueue::new(1).unwrap();
    blocks_until(|| assert_eq!(queue.get(), Ok(7)), || queue.put(7).unwrap())
}

/// And does not merely look again after a while, as it would do too.
fn a_sleeper_is_woken_at_once() -> Result<(), Error> {
    let (there, back) = (ProcessQueue::new(1).unwrap(), ProcessQueue::new(1).unwrap());
    scope(|family| {
        let echo = family.spawn("echo", || {
            (0..40).try_for_each(|_| back.put(there.get().unwrap()))
        })?;
        let mut waited = Duration::ZERO;
        for round in 0..40 {
            wait_until_asleep(&echo);
            let begin = Instant::now();
            there.put(round).unwrap();
            assert_eq!(back.get_timeout(LONG), Ok(round));
            waited += begin.elapsed();
        }
        assert!(waited < 40 * Duration::from_millis(40), "{waited:?} for 40 wake-ups");
        Ok(())
    })
}

fn a_large_item_waits_until_there_is_room_for_it() -> Result<(), Error> {
    let half = vec![1_u8; Ring::BYTES / 2];
    let queue = ProcessQueue::new(0).unwrap();
    queue.put(half.clone()).unwrap();
    assert!(
        matches!(queue.try_put(half.clone()), Err(PutError::Full(item)) if item == half)
    );
    blocks_until(
        || queue.put(half.clone()).unwrap(),
        || assert_eq!(queue.get().as_ref(), Ok(&half)),
    )?;
    assert_eq!(queue.get(), Ok(half));
    Ok(())
}

/// Requires that a child which does `blocked` falls asleep, and goes on once `release`
/// has been done here.
fn blocks_until(blocked: impl FnOnce(), release: impl FnOnce()) -> Result<(), Error> {
    let released = SharedMemory::new(AtomicBool::new(false), 0).unwrap();
    scope(|family| {
        let child = family.spawn("blocked", || {
            blocked();
            assert!(released.load(SeqCst), "it did not wait");
        })?;
        wait_until_asleep(&child);
        released.store(true, SeqCst);
        release();
        assert!(child.join_timeout(LONG)?.is_some_and(processes::Exit::is_ok));
        Ok(())
    })
}

fn wait_until_asleep(child: &Process) {
    let deadline = Instant::now() + LONG;
    while state(child.pid()).unwrap() != Some(State::Sleeping) {
        assert!(Instant::now() < deadline, "{} does not fall asleep", child.name());
        std::thread::yield_now();
    }
}

fn closing_lets_what_is_in_it_be_got() -> Result<(), Error> {
    let queue = ProcessQueue::new(0).unwrap();
    queue.put(1).unwrap();
    queue.put(2).unwrap();
    assert!(scope(|family| family.spawn("closer", || queue.close())?.join())?.is_ok());
    assert!(queue.is_closed());
    queue.close();
    assert!(matches!(queue.put(3), Err(PutError::Closed(3))));
    assert!(matches!(queue.try_put(3), Err(PutError::Closed(3))));
    assert_eq!((queue.get(), queue.try_get()), (Ok(1), Ok(2)));
    for ended in [queue.get(), queue.try_get(), queue.get_timeout(LONG)] {
        assert_eq!(ended, Err(GetError::Closed));
    }
    Ok(())
}

fn closing_in_the_midst_of_it_loses_nothing() -> Result<(), Error> {
    for _ in 0..50 {
        let queue = ProcessQueue::new(0).unwrap();
        let (put, mut got) = (SharedMemory::new(AtomicU32::new(0), 0).unwrap(), 0);
        scope(|family| {
            for _ in 0..2 {
                family.spawn("producer", || {
                    while queue.put(()).is_ok() {
                        put.fetch_add(1, SeqCst);
                    }
                })?;
            }
            // Closed as soon as there is something in it, by a process that
            // holds up no other.
            family.spawn("closer", || queue.get().map(|()| queue.close()))?;
            while queue.get_timeout(LONG).is_ok() {
                got += 1;
            }
            assert_eq!(queue.try_get(), Err(GetError::Closed));
            family.join()
        })?;
        assert_eq!(
            put.load(SeqCst),
            got + 1,
            "the closer has got one, the others came here"
        );
    }
    Ok(())
}

fn closing_ends_every_wait() -> Result<(), Error> {
    let (empty, full) =
        (ProcessQueue::<u32>::new(1).unwrap(), ProcessQueue::<u32>::new(1).unwrap());
    full.put(1).unwrap();
    scope(|family| {
        for _ in 0..3 {
            let waits = family.spawn("consumer", || {
                assert_eq!(empty.get_timeout(LONG), Err(GetError::Closed));
            })?;
            wait_until_asleep(&waits);
            let waits = family.spawn("producer", || {
                assert!(matches!(full.put(2), Err(PutError::Closed(2))));
            })?;
            wait_until_asleep(&waits);
        }
        empty.close();
        full.close();
        family.join()
    })?;
    assert_eq!(full.get(), Ok(1));
    Ok(())
}

fn nothing_is_left_of_a_queue_that_is_dropped() -> Result<(), Error> {
    let shared_mappings = || {
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        maps.lines().filter(|line| line.contains(" rw-s ")).count()
    };
    let before = shared_mappings();
    let queue = Cell::new(Some(ProcessQueue::new(0).unwrap()));
    assert!(shared_mappings() > before);
    // A child that lets go of its copy takes nothing from its parent.
    let put_and_drop = || queue.take().unwrap().put(7);
    assert!(scope(|family| family.spawn("child", put_and_drop)?.join())?.is_ok());
    assert_eq!(queue.take().unwrap().get(), Ok(7));
    assert_eq!(shared_mappings(), before);
    Ok(())
}
