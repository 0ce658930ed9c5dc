//! The pool itself under every schedule that the explorer tries: its threads and locks
//! are those of `interleavings`, so it is explored as it is.

use interleavings::sync::Arc;
use interleavings::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use interleavings::{Limits, explore};
use thread_pool::ThreadPool;

#[test]
fn a_pool_of_one_never_has_a_second_thread_and_runs_both_tasks() {
    let two_tasks = || {
        let (pool, run) = (ThreadPool::new(1).unwrap(), Arc::new(AtomicUsize::new(0)));
        for _ in 0..2 {
            let run = Arc::clone(&run);
            pool.run(
                || (),
                move |_| {
                    run.fetch_add(1, SeqCst);
                },
            )
            .unwrap();
        }
        let threads = pool.threads();
        drop(pool);
        (threads, run.load(SeqCst))
    };
    let report = explore(two_tasks, Limits::default().preemptions(1)).unwrap();
    assert!(report.complete, "{report}");
    let ends: Vec<_> = report.outcomes.iter().map(|it| it.end.to_string()).collect();
    assert_eq!(ends, ["(1, 2)"]);
}
