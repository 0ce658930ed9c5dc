//! N5.7: `notify(3)` wakes exactly three of ten waiting threads, the longest waiting.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, Scope};

use shared::{Result, claim, pace, say};
use thread_signals::Condition;

type Gate = Condition<()>;

pub fn play() -> Result {
    let gate = Gate::default();
    let (speak, heard) = channel();
    thread::scope(|scope| -> Result {
        let first = ten_come(scope, &gate, &speak, &heard)
            .and_then(|()| three_pass(&gate, &heard));
        // Also when a claim is broken: the scope waits for all of them.
        say!("notify_all()");
        gate.lock().notify_all();
        first
    })?;
    claim!(heard.try_iter().count() == 7, "notify_all() let the other seven pass");
    Ok(())
}

fn ten_come<'scope>(
    scope: &'scope Scope<'scope, '_>,
    gate: &'scope Gate,
    speak: &Sender<usize>,
    heard: &Receiver<usize>,
) -> Result {
    for number in 0..10 {
        let speak = speak.clone();
        thread::Builder::new().name(format!("thread {number}")).spawn_scoped(
            scope,
            move || {
                let tell = |number| {
                    say!("{number}");
                    speak.send(number)
                };
                let mut gate = gate.lock();
                tell(number)?;
                // It still holds the lock. Whoever gets the lock next finds it waiting:
                // so the ten queue up in turn.
                gate.wait();
                tell(number + 100)
            },
        )?;
        heard.recv()?;
    }
    Ok(())
}

fn three_pass(gate: &Gate, heard: &Receiver<usize>) -> Result {
    // Here the note waits for somebody to type how many, and below again.
    pace::sleep(1.0);
    let mut queue = gate.lock();
    say!("{} wait: notify(3)", queue.waiting());
    queue.notify(3);
    claim!(queue.waiting() == 7, "exactly three of the ten may pass");
    // In the note, too, they go on only when the lock is given back.
    drop(queue);
    let mut passed: Vec<_> = heard.iter().take(3).collect();
    passed.sort_unstable();
    claim!(
        passed == [100, 101, 102],
        "the three that came first were the three to pass"
    );
    pace::sleep(1.0);
    claim!(
        heard.try_recv().is_err() && gate.lock().waiting() == 7,
        "and the other seven wait on"
    );
    Ok(())
}
