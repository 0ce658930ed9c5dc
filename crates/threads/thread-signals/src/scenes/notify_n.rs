//! N5.7: `notify(3)` lets three of ten waiting threads pass, those that came first.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::Builder;

use shared::{Result, claim, pace, say};
use thread_signals::Condition;

pub fn play() -> Result {
    let con = Arc::new(Condition::new(()));
    let told = ten_threads(&con)?;
    let hear = |count| -> Vec<usize> {
        let next = |_| told.recv_timeout(pace::secs(20.0)).ok();
        (0..count).map_while(next).collect()
    };
    let came = hear(10);
    pace::sleep(1.0);
    say!("notify(3)");
    con.lock().notify(3);
    let first: BTreeSet<_> = came.into_iter().take(3).collect();
    let passed: BTreeSet<_> = hear(3).into_iter().collect();
    claim!(passed == first, "the three threads that came first passed");
    pace::sleep(1.0);
    claim!(told.try_recv().is_err(), "no other thread passed in the next second");
    say!("notify_all()");
    con.lock().notify_all();
    claim!(hear(7).len() == 7, "notify_all() let the other seven threads pass");
    Ok(())
}

/// The same with three threads, small enough to be run under every schedule.
pub fn two_of_three() {
    let con = &Condition::new((Vec::new(), BTreeSet::new()));
    interleavings::thread::scope(|scope| {
        for i in 0..3 {
            scope.spawn(move || {
                let mut con = con.lock();
                con.0.push(i);
                con.wait();
                con.1.insert(i);
            });
        }
        // A sleep ends when no other thread can go on: all three wait.
        pace::sleep(1.0);
        con.lock().notify(2);
        pace::sleep(1.0);
        let mut con = con.lock();
        let first = con.0.iter().copied().take(2).collect();
        assert!(con.1 == first, "came: {:?}, passed: {:?}", con.0, con.1);
        con.notify_all();
    });
}

/// Starts ten threads, which tell their numbers as they come and as they pass.
pub fn ten_threads(con: &Arc<Condition<()>>) -> Result<Receiver<usize>> {
    let (tell, told) = channel();
    for i in 0..10 {
        let (con, tell) = (Arc::clone(con), tell.clone());
        let t = Builder::new().name(format!("thread {i}"));
        t.spawn(move || func(i, &con, &tell))?;
    }
    Ok(told)
}

fn func(i: usize, con: &Condition<()>, tell: &Sender<usize>) -> Result {
    say!("{i}");
    let mut con = con.lock();
    // It holds the lock until it waits, so no notification can come too soon.
    tell.send(i)?;
    con.wait();
    say!("{}", i + 100);
    tell.send(i)?;
    Ok(())
}
