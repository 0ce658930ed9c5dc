//! The queue between real processes.
//!
//! Ported by idea from CPython's `_test_multiprocessing.py` and `test_queue.py`; the
//! deaths are our own.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::time::{Duration, Instant};

use joinable_queue::{GetError, JoinableQueue, MAX_ITEM, PutError, Task, TooManyDone};
use processes::{Error, Exit, SIGKILL, SharedMemory, State, scope, state};

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(30);

tests::main! {
    join_waits_for_all_and_can_be_called_twice,
    join_of_an_empty_queue_returns_at_once,
    all_that_join_are_woken,
    what_is_got_is_not_yet_done,
    each_thread_answers_for_its_own_items,
    first_in_first_out_and_no_more_than_maxsize,
    empty_now_and_after_the_timeout,
    closing_ends_consumers_when_all_is_done,
    a_dropped_task_comes_back,
    a_task_in_a_panic_comes_back_at_once_to_a_waiting_consumer,
    a_killed_consumers_task_goes_to_a_waiting_consumer,
    a_killed_consumers_tasks_go_before_those_that_wait,
    a_task_may_kill_one_after_the_other,
    a_child_cannot_finish_its_parents_task,
    items_of_any_size_up_to_the_limit,
    an_iterator_waits_for_tasks_until_the_queue_has_ended,
    a_drain_takes_what_is_there_and_does_not_wait,
}

fn join_waits_for_all_and_can_be_called_twice() -> Result<(), Error> {
    let queue = JoinableQueue::new(10).unwrap();
    let sum = SharedMemory::new(AtomicU32::new(0), 0).unwrap();
    scope(|family| {
        for name in ["x", "y"] {
            family.spawn(name, || {
                consume(&queue, |number| _ = sum.fetch_add(number, SeqCst));
            })?;
        }
        for round in 1..=2 {
            (0..100).for_each(|number| queue.put(number).unwrap());
            assert!(queue.join_timeout(LONG));
            assert_eq!(sum.load(SeqCst), round * (0..100).sum::<u32>());
            assert!(queue.join_timeout(Duration::ZERO), "and it can be joined again");
        }
        queue.close();
        family.join()
    })
}

fn join_of_an_empty_queue_returns_at_once() {
    let queue = JoinableQueue::<u32>::new(0).unwrap();
    queue.join();
    assert_eq!(queue.task_done(), Err(TooManyDone));
}

fn all_that_join_are_woken() -> Result<(), Error> {
    let queue = JoinableQueue::new(0).unwrap();
    queue.put(7).unwrap();
    scope(|family| {
        for name in ["x", "y", "z"] {
            let joins = family.spawn(name, || queue.join())?;
            wait_until_asleep(joins.pid());
        }
        queue.get().unwrap().done();
        family.join()
    })
}

fn what_is_got_is_not_yet_done() {
    let queue = JoinableQueue::new(0).unwrap();
    (0..3).for_each(|number| queue.put(number).unwrap());
    let task = queue.get().unwrap();
    let number = queue.get().unwrap().into_item();
    assert_eq!((*task, number, queue.len(), queue.unfinished()), (0, 1, 1, 3));
    let begin = Instant::now();
    assert!(!queue.join_timeout(Duration::from_millis(120)));
    assert!(begin.elapsed() >= Duration::from_millis(120));
    task.done();
    assert_eq!(queue.unfinished(), 2);
    assert_eq!((queue.task_done(), queue.unfinished()), (Ok(()), 1));
    assert_eq!((queue.task_done(), queue.unfinished()), (Err(TooManyDone), 1));
    queue.get().unwrap().done();
    queue.join();
}

fn each_thread_answers_for_its_own_items() {
    let queue = JoinableQueue::new(0).unwrap();
    queue.put(1).unwrap();
    assert_eq!(queue.get().unwrap().into_item(), 1);
    let other = || assert_eq!(queue.task_done(), Err(TooManyDone));
    std::thread::scope(|threads| threads.spawn(other).join().unwrap());
    assert_eq!(queue.task_done(), Ok(()));
}

fn first_in_first_out_and_no_more_than_maxsize() {
    let queue = JoinableQueue::new(2).unwrap();
    assert_eq!(queue.maxsize(), 2);
    queue.put("a".to_owned()).unwrap();
    queue.put("b".to_owned()).unwrap();
    assert_eq!(queue.try_put("c".to_owned()).unwrap_err().into_item(), "c");
    let begin = Instant::now();
    let late = queue.put_timeout("c".to_owned(), Duration::from_millis(50));
    assert!(
        matches!(late, Err(PutError::Full(_)))
            && begin.elapsed() >= Duration::from_millis(50)
    );
    let first = queue.get().unwrap();
    // What is in hand does not wait.
    queue.try_put("c".to_owned()).unwrap();
    let others = [queue.get().unwrap(), queue.get().unwrap()];
    assert_eq!([&*first, &*others[0], &*others[1]], ["a", "b", "c"]);
}

fn empty_now_and_after_the_timeout() {
    let queue = JoinableQueue::<u32>::new(0).unwrap();
    assert_eq!(queue.try_get().unwrap_err(), GetError::Empty);
    let begin = Instant::now();
    assert_eq!(
        queue.get_timeout(Duration::from_millis(250)).unwrap_err(),
        GetError::Empty
    );
    assert!(begin.elapsed() >= Duration::from_millis(250));
}

fn closing_ends_consumers_when_all_is_done() -> Result<(), Error> {
    let queue = JoinableQueue::new(0).unwrap();
    queue.put(7).unwrap();
    let task = queue.get().unwrap();
    queue.close();
    assert!(matches!(queue.put(8), Err(PutError::Closed(8))));
    assert_eq!(
        queue.try_get().unwrap_err(),
        GetError::Closed,
        "its own task is nothing to wait for"
    );
    scope(|family| {
        let consumer = family.spawn("consumer", || {
            consume(&queue, |_| unreachable!("nothing comes back"));
        })?;
        wait_until_asleep(consumer.pid());
        assert!(consumer.is_alive()?, "the task could still come back");
        task.done();
        assert_eq!(consumer.join_timeout(LONG)?, Some(Exit::Ok));
        Ok(())
    })
}

fn a_dropped_task_comes_back() {
    let queue = JoinableQueue::new(0).unwrap();
    (0..2).for_each(|number| queue.put(number).unwrap());
    let mut task = queue.get().unwrap();
    *task += 100;
    drop(task);
    assert_eq!((queue.unfinished(), queue.len()), (2, 1));
    for (number, redelivered) in [(0, true), (1, false)] {
        let task = queue.get().unwrap();
        assert_eq!((*task, task.redelivered()), (number, redelivered));
        task.done();
    }
    queue.join();
}

fn a_task_in_a_panic_comes_back_at_once_to_a_waiting_consumer() -> Result<(), Error> {
    let queue = JoinableQueue::<u32>::new(0).unwrap();
    scope(|family| {
        let waits = family.spawn("waits", || {
            let task = queue.get().unwrap();
            assert!(task.redelivered());
            task.done();
        })?;
        // First in hand, so that the other does not get it as a new one: it is stopped
        // meanwhile.
        nix::sys::signal::kill(pid(&waits), nix::sys::signal::SIGSTOP).unwrap();
        queue.put(7).unwrap();
        let panic = catch_unwind(AssertUnwindSafe(|| {
            let _task = queue.get_timeout(LONG).unwrap();
            std::panic::resume_unwind(Box::new("in the middle of it"));
        }));
        assert!(panic.is_err());
        nix::sys::signal::kill(pid(&waits), nix::sys::signal::SIGCONT).unwrap();
        assert_eq!(waits.join_timeout(LONG)?, Some(Exit::Ok));
        assert!(queue.join_timeout(Duration::ZERO));
        Ok(())
    })
}

fn a_killed_consumers_task_goes_to_a_waiting_consumer() -> Result<(), Error> {
    let queue = JoinableQueue::new(0).unwrap();
    queue.put(7).unwrap();
    scope(|family| {
        let victim = family.spawn("victim", || hold(&queue, 1))?;
        wait_until_got(&queue);
        let heir = family.spawn("heir", || {
            let task = queue.get().unwrap();
            assert_eq!((*task, task.redelivered()), (7, true));
            task.done();
        })?;
        wait_until_asleep(heir.pid());
        victim.kill()?;
        assert_eq!(victim.join()?, Exit::Killed(SIGKILL));
        assert!(queue.join_timeout(LONG));
        assert_eq!(heir.join_timeout(LONG)?, Some(Exit::Ok));
        Ok(())
    })
}

fn a_killed_consumers_tasks_go_before_those_that_wait() -> Result<(), Error> {
    let queue = JoinableQueue::new(0).unwrap();
    (0..3).for_each(|number| queue.put(number).unwrap());
    scope(|family| {
        let victim = family.spawn("victim", || hold(&queue, 3))?;
        wait_until_got(&queue);
        (3..5).for_each(|number| queue.put(number).unwrap());
        victim.kill()?;
        assert_eq!(victim.join()?, Exit::Killed(SIGKILL));
        // This process has not looked for the dead yet, so it looks at once.
        let heir = family.spawn("heir", || {
            let mut got = Vec::new();
            while let Ok(task) = queue.try_get() {
                got.push((*task, task.redelivered()));
                task.done();
            }
            assert!(got[..3].iter().all(|(_, redelivered)| *redelivered), "{got:?}");
            assert!(got[3..] == [(3, false), (4, false)], "{got:?}");
        })?;
        assert_eq!(heir.join()?, Exit::Ok);
        assert!(queue.join_timeout(Duration::ZERO));
        Ok(())
    })
}

fn a_task_may_kill_one_after_the_other() -> Result<(), Error> {
    let queue = JoinableQueue::new(0).unwrap();
    queue.put(7).unwrap();
    scope(|family| {
        for death in 0..20 {
            let victim = family.spawn("victim", || {
                let task = queue.get().unwrap();
                assert_eq!((*task, task.redelivered()), (7, death > 0));
                nix::sys::signal::raise(nix::sys::signal::SIGKILL).unwrap();
            })?;
            assert_eq!(victim.join()?, Exit::Killed(SIGKILL));
            assert_eq!(queue.unfinished(), 1);
        }
        let task = queue.try_get().unwrap();
        assert!(task.redelivered());
        task.done();
        assert!(queue.join_timeout(Duration::ZERO));
        Ok(())
    })
}

fn a_child_cannot_finish_its_parents_task() -> Result<(), Error> {
    let queue = JoinableQueue::new(0).unwrap();
    queue.put(7).unwrap();
    let mut task = Some(queue.get().unwrap());
    scope(|family| {
        // The child has a copy of the task. To drop it changes nothing, to call it done
        // is a mistake.
        assert_eq!(family.spawn("drops", || drop(task.take()))?.join()?, Exit::Ok);
        assert_eq!(queue.unfinished(), 1);
        let says_done = family.spawn("says done", || task.take().unwrap().done())?;
        assert_eq!(says_done.join()?, Exit::Code(101));
        Ok::<(), Error>(())
    })?;
    let task = task.unwrap();
    assert!(!task.redelivered());
    task.done();
    assert!(queue.join_timeout(Duration::ZERO));
    Ok(())
}

fn items_of_any_size_up_to_the_limit() {
    let queue = JoinableQueue::new(0).unwrap();
    // Postcard writes the length in three bytes.
    let longest = MAX_ITEM - 3;
    for size in [0, 1, 100, 4096, 100_000, longest] {
        // Some go round the end of the ring.
        for number in 0..80_u8 {
            queue.put(vec![number; size]).unwrap();
            let task = queue.get().unwrap();
            assert!(*task == vec![number; size]);
            drop(task);
            let task = queue.get().unwrap();
            assert!(task.redelivered() && *task == vec![number; size]);
            task.done();
        }
    }
    let Err(PutError::TooLarge { item, size, limit: MAX_ITEM }) =
        queue.put(vec![0; longest + 1])
    else {
        panic!("put")
    };
    assert_eq!((item.len(), size, queue.unfinished()), (longest + 1, MAX_ITEM + 1, 0));
}

fn an_iterator_waits_for_tasks_until_the_queue_has_ended() -> Result<(), Error> {
    let queue = JoinableQueue::new(1).unwrap();
    scope(|family| {
        family.spawn("producer", || {
            (0..10).for_each(|number| queue.put(number).unwrap());
            queue.close();
        })?;
        let mut got = Vec::new();
        for task in &queue {
            let task = task.unwrap();
            got.push(*task);
            task.done();
        }
        assert!(got.into_iter().eq(0..10) && queue.is_closed());
        assert!(queue.iter().next().is_none());
        Ok(())
    })
}

fn a_drain_takes_what_is_there_and_does_not_wait() {
    let queue = JoinableQueue::new(3).unwrap();
    (0..3).for_each(|number| queue.put(number).unwrap());
    assert!(queue.is_full() && !queue.is_closed());
    let tasks = queue.drain().collect::<Result<Vec<_>, _>>().unwrap();
    assert!(tasks.iter().map(|task| **task).eq(0..3));
    assert!(queue.is_empty() && !queue.is_full());
    assert!(queue.drain().next().is_none());
    tasks.into_iter().for_each(Task::done);
    queue.close();
    assert!(queue.drain().next().is_none());
}

/// Does all tasks until the queue is closed.
fn consume(queue: &JoinableQueue<u32>, handle: impl Fn(u32)) {
    for task in queue {
        let task = task.unwrap();
        handle(*task);
        task.done();
    }
}

/// Gets so many tasks and does none.
fn hold(queue: &JoinableQueue<u32>, count: usize) {
    let _tasks: Vec<_> = (0..count).map(|_| queue.get().unwrap()).collect();
    loop {
        std::thread::park();
    }
}

/// Waits until all that was put is in hand.
fn wait_until_got(queue: &JoinableQueue<u32>) {
    while !queue.is_empty() {
        std::thread::yield_now();
    }
}

fn wait_until_asleep(pid: u32) {
    while state(pid).unwrap() != Some(State::Sleeping) {
        std::thread::yield_now();
    }
}

fn pid(process: &processes::Process) -> nix::unistd::Pid {
    nix::unistd::Pid::from_raw(process.pid() as i32)
}
