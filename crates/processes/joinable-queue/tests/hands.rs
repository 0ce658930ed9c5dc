//! The hands in which tasks lie until they are done: how many there are, and whose.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use joinable_queue::{GetError, JoinableQueue, MAX_IN_HAND, Task, TooManyDone};
use nix::sched::{CloneFlags, unshare};
use nix::sys::signal::{SIGCONT, SIGSTOP, kill};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork, getpid};
use processes::{Error, Event, Exit, Process, State, scope, state};

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(30);

tests::main! {
    there_are_so_many_hands_and_no_more,
    idle_consumers_keep_no_hand,
    a_descendant_with_the_same_pid_has_no_say_in_the_tasks,
}

fn there_are_so_many_hands_and_no_more() -> Result<(), Error> {
    let queue = JoinableQueue::new(0).unwrap();
    (0..=MAX_IN_HAND).for_each(|number| queue.put(number).unwrap());
    let mut tasks: Vec<_> = (0..MAX_IN_HAND).map(|_| queue.get().unwrap()).collect();
    assert_eq!(queue.get().unwrap_err(), GetError::NoHand);
    tasks.pop().unwrap().done();
    let last = queue.get().unwrap();
    assert_eq!(*last, MAX_IN_HAND);
    // The hands of the dead are free for others.
    drop((tasks, last));
    scope(|family| {
        assert_eq!(family.spawn("heir", || hold_and_end(&queue))?.join()?, Exit::Ok);
        assert_eq!(queue.unfinished(), MAX_IN_HAND);
        while let Ok(task) = queue.try_get() {
            assert!(task.redelivered());
            task.done();
        }
        assert!(queue.join_timeout(Duration::ZERO));
        Ok(())
    })
}

/// As many consumers as there are hands have each done a task, and wait for another.
/// They hold nothing, so their hands are free for others.
fn idle_consumers_keep_no_hand() -> Result<(), Error> {
    let queue = JoinableQueue::new(0).unwrap();
    let all_got = Event::new().unwrap();
    scope(|family| {
        let mut consumers = Vec::new();
        for number in 0..MAX_IN_HAND {
            queue.put(number).unwrap();
            consumers.push(family.spawn("consumer", || {
                let task = queue.get().unwrap();
                all_got.wait();
                task.done();
                assert_eq!(queue.get().unwrap_err(), GetError::Closed);
            })?);
        }
        while !queue.is_empty() {
            std::thread::yield_now();
        }
        all_got.set();
        assert!(queue.join_timeout(LONG));
        for consumer in &consumers {
            while state(consumer.pid()).unwrap() != Some(State::Sleeping) {
                std::thread::yield_now();
            }
            kill(pid(consumer), SIGSTOP).unwrap();
        }
        for number in 0..MAX_IN_HAND {
            queue.put(number).unwrap();
        }
        let tasks: Vec<_> = (0..MAX_IN_HAND).map(|_| queue.get().unwrap()).collect();
        tasks.into_iter().for_each(Task::done);
        queue.close();
        for consumer in &consumers {
            kill(pid(consumer), SIGCONT).unwrap();
        }
        family.join()
    })
}

/// In a pid namespace of its own, a worker has the pid of the ancestor whose memory it
/// has inherited.
fn a_descendant_with_the_same_pid_has_no_say_in_the_tasks() {
    if let Err(error) = unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWPID) {
        tests::skip(
            &format!("no pid namespace can be made here: {error}"),
            "allow user namespaces (sysctl kernel.unprivileged_userns_clone=1)",
        );
    }
    in_child(|| {
        let queue = JoinableQueue::new(0).unwrap();
        (0..3).for_each(|number| queue.put(number).unwrap());
        let tasks = [queue.get().unwrap(), queue.get().unwrap()];
        let mut tasks = tasks.map(Some);
        queue.get().unwrap().into_item();
        let pid = getpid();

        unshare(CloneFlags::CLONE_NEWPID).unwrap();
        in_child(|| {
            assert_eq!(getpid(), pid);
            assert_eq!(queue.task_done(), Err(TooManyDone));
            let [done, dropped] = [0, 1].map(|at| tasks[at].take().unwrap());
            assert!(catch_unwind(AssertUnwindSafe(|| done.done())).is_err());
            drop(dropped);
        });
        assert_eq!((queue.unfinished(), queue.len()), (3, 0));
        for task in tasks.map(Option::unwrap) {
            assert!(!task.redelivered());
            task.done();
        }
        assert_eq!(queue.task_done(), Ok(()));
        queue.join();
    });
}

/// Calls `body` in a child and requires that it does not panic. `processes::scope`
/// would look for the child's parent, which has no pid in the child's namespace.
fn in_child(body: impl FnOnce()) {
    // SAFETY: a test's process has only this thread, so the child lacks no other. It
    // leaves by `_exit`.
    match unsafe { fork() }.unwrap() {
        ForkResult::Child => {
            let ended = catch_unwind(AssertUnwindSafe(body));
            // SAFETY: the call ends the process.
            unsafe { libc::_exit(i32::from(ended.is_err())) }
        }
        ForkResult::Parent { child } => {
            assert_eq!(waitpid(child, None), Ok(WaitStatus::Exited(child, 0)));
        }
    }
}

/// Gets all tasks by their items, and ends without a word.
fn hold_and_end(queue: &JoinableQueue<usize>) {
    let items: Vec<_> = queue.drain().map(|task| task.unwrap().into_item()).collect();
    assert_eq!(items.len(), MAX_IN_HAND);
}

fn pid(process: &Process) -> Pid {
    Pid::from_raw(process.pid() as i32)
}
