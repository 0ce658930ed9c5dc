//! The cases of `shutdown`.

use std::sync::Barrier;
use std::sync::atomic::{AtomicI32, Ordering::SeqCst};
use std::thread;

use thread_queues::{BlockingQueue, GetError, PutError, TooManyDone};

use super::{Kind, LONG, SHORT, blocks};

pub fn shutdown_empty<S: Kind>() {
    let q = BlockingQueue::<S>::new(0);
    q.shutdown(false);
    assert_eq!(q.put(1), Err(PutError::ShutDown(1)));
    assert_eq!(q.get(), Err(GetError::ShutDown));
}

pub fn shutdown_nonempty<S: Kind>() {
    let q = BlockingQueue::<S>::new(0);
    q.put(1).unwrap();
    q.shutdown(false);
    assert_eq!((q.get(), q.get()), (Ok(1), Err(GetError::ShutDown)));
}

pub fn shutdown_immediate<S: Kind>() {
    let q = BlockingQueue::<S>::new(0);
    q.put(1).unwrap();
    assert_eq!(q.shutdown(true), [1]);
    assert_eq!(q.get(), Err(GetError::ShutDown));
}

pub fn shutdown_allowed_transitions<S: Kind>() {
    let q = BlockingQueue::<S>::new(0);
    assert!(!q.is_shutdown());
    for immediate in [false, true, false] {
        q.shutdown(immediate);
        assert!(q.is_shutdown());
    }
}

pub fn shutdown_all_methods_in_one_thread<S: Kind>() {
    for immediate in [false, true] {
        let q = BlockingQueue::<S>::new(2);
        q.put(1).unwrap();
        q.try_put(2).unwrap();
        q.shutdown(immediate);
        assert_eq!(q.put(3), Err(PutError::ShutDown(3)));
        assert_eq!(q.try_put(4), Err(PutError::ShutDown(4)));
        for _ in 0..if immediate { 0 } else { 2 } {
            assert!([1, 2].contains(&q.get().unwrap()));
            q.task_done().unwrap();
        }
        assert_eq!(q.task_done(), Err(TooManyDone));
        q.join();
        assert_eq!(q.get(), Err(GetError::ShutDown));
        assert_eq!(q.try_get(), Err(GetError::ShutDown));
        assert_eq!(q.get_timeout(LONG), Err(GetError::ShutDown));
    }
}

/// Four that write, six that read and two that join, and a shutdown in the middle.
pub fn shutdown_all_methods_in_many_threads<S: Kind>() {
    for immediate in [false, true] {
        let q = BlockingQueue::<S>::new(0);
        let start = Barrier::new(4 + 6 + 2 + 1);
        let refused = AtomicI32::new(0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    (0..2_000).for_each(|item| q.put(item).unwrap());
                    start.wait();
                    // Until it is shut down.
                    while q.put(1).is_ok() {}
                    refused.fetch_add(1, SeqCst);
                });
            }
            for _ in 0..6 {
                scope.spawn(|| {
                    q.get().unwrap();
                    q.task_done().unwrap();
                    start.wait();
                    loop {
                        match q.try_get() {
                            Ok(_) => q.task_done().unwrap(),
                            Err(GetError::Empty) => thread::yield_now(),
                            Err(GetError::ShutDown) => break,
                        }
                    }
                });
            }
            for _ in 0..2 {
                scope.spawn(|| {
                    start.wait();
                    q.join();
                });
            }
            start.wait();
            thread::sleep(SHORT);
            q.shutdown(immediate);
        });
        assert_eq!(refused.load(SeqCst), 4);
        assert_eq!((q.len(), q.unfinished()), (0, 0));
    }
}

/// In three threads, or in two; after the shutdown, or while they wait.
pub fn shutdown_get<S: Kind>() {
    let q = BlockingQueue::<S>::new(2);
    (1..=2).for_each(|item| q.put(item).unwrap());
    q.shutdown(false);
    let mut got = in_threads::<3, _>(|| q.get());
    got.sort_by_key(|got| got.unwrap_or(9));
    assert_eq!(got, [Ok(1), Ok(2), Err(GetError::ShutDown)]);

    let q = BlockingQueue::<S>::new(2);
    (1..=2).for_each(|item| q.put(item).unwrap());
    q.shutdown(true);
    assert_eq!(in_threads::<2, _>(|| q.get()), [Err(GetError::ShutDown); 2]);
}

pub fn shutdown_put<S: Kind>() {
    for immediate in [false, true] {
        let q = BlockingQueue::<S>::new(2);
        (1..=2).for_each(|item| q.put(item).unwrap());
        let put =
            blocks(|| in_threads::<2, _>(|| q.put(3)), || drop(q.shutdown(immediate)));
        assert!(put.into_iter().all(|put| put == Err(PutError::ShutDown(3))));
    }
}

pub fn shutdown_join<S: Kind>() {
    for immediate in [false, true] {
        let q = BlockingQueue::<S>::new(0);
        q.put(1).unwrap();
        blocks(
            || in_threads::<2, _>(|| q.join()),
            || {
                q.shutdown(immediate);
                if !immediate {
                    q.get().unwrap();
                    q.task_done().unwrap();
                }
            },
        );
    }
}

pub fn shutdown_put_join<S: Kind>() {
    for immediate in [false, true] {
        let q = BlockingQueue::<S>::new(2);
        q.put(1).unwrap();
        assert_eq!(q.unfinished(), 1);
        thread::scope(|scope| {
            scope.spawn(|| q.join());
            q.shutdown(immediate);
            assert_eq!(q.put(2), Err(PutError::ShutDown(2)));
            if immediate {
                assert_eq!(q.try_get(), Err(GetError::ShutDown));
            } else {
                assert_eq!(q.get(), Ok(1));
                q.task_done().unwrap();
            }
        });
    }
}

pub fn shutdown_get_task_done_join<S: Kind>() {
    let q = BlockingQueue::<S>::new(2);
    (1..=2).for_each(|item| q.put(item).unwrap());
    assert_eq!(q.unfinished(), q.len());
    thread::scope(|scope| {
        scope.spawn(|| in_threads::<2, _>(|| q.join()));
        let worked = scope
            .spawn(|| in_threads::<2, _>(|| q.get().is_ok() && q.task_done().is_ok()));
        q.shutdown(false);
        assert_eq!(worked.join().unwrap(), [true; 2]);
    });
}

pub fn shutdown_pending_get<S: Kind>() {
    let q = BlockingQueue::<S>::new(0);
    let got = blocks(|| q.get(), || drop(q.shutdown(false)));
    assert_eq!(got, Err(GetError::ShutDown));
}

/// What so many threads return that do the same at once.
fn in_threads<const N: usize, R: Send>(work: impl Fn() -> R + Sync) -> [R; N] {
    thread::scope(|scope| {
        [(); N].map(|()| scope.spawn(&work)).map(|thread| thread.join().unwrap())
    })
}
