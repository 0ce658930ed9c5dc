//! N2.2: a process is running, ready or blocked, as the kernel sees it.

use std::io;
use std::thread;
use std::time::Instant;

use processes::{Event, State, state};
use shared::{Result, claim, pace, say};

pub fn play() -> Result {
    let (begun, pause, go_on) = (Event::new()?, Event::new()?, Event::new()?);
    processes::scope(|family| {
        let child = family.spawn("child", || {
            begun.set();
            // It computes until it is told to pause.
            while !pause.is_set() {
                std::hint::spin_loop();
            }
            go_on.wait();
        })?;
        family.wait_for(&begun)?;
        let reaches = |wanted| reaches(child.pid(), wanted);

        // Ten looks, as one alone might see it just before it goes to sleep.
        let mut looks = Vec::new();
        for _ in 0..10 {
            pace::sleep(0.1);
            looks.push(state(child.pid())?);
        }
        say!("while it computes: {}", told(looks[0]));
        claim!(
            looks == [Some(State::Running); 10],
            "a child that computes is running, or ready to run"
        );

        pause.set();
        let blocked = reaches(Some(State::Sleeping))?;
        say!("while it waits for an event: {}", told(blocked));
        claim!(blocked == Some(State::Sleeping), "a child that waits is blocked");

        child.suspend()?;
        let stopped = reaches(Some(State::Stopped))?;
        say!("after SIGSTOP: {}", told(stopped));
        claim!(stopped == Some(State::Stopped), "a child that is suspended is stopped");

        child.resume()?;
        go_on.set();
        // A join that leaves the child as it is.
        let _ = child.peek()?;
        let dead = reaches(Some(State::Zombie))?;
        say!("after its end: {}", told(dead));
        claim!(dead == Some(State::Zombie), "a child that has ended is a zombie");

        let _ = child.join()?;
        let gone = reaches(None)?;
        say!("after the join: {}", told(gone));
        claim!(gone.is_none(), "a child that has been joined is gone");
        Ok(())
    })
}

/// Waits until the process is in that state, and returns the state it was in at last.
fn reaches(pid: u32, wanted: Option<State>) -> io::Result<Option<State>> {
    let deadline = Instant::now() + pace::secs(20.0);
    loop {
        let now = state(pid)?;
        if now == wanted || Instant::now() > deadline {
            return Ok(now);
        }
        thread::yield_now();
    }
}

fn told(state: Option<State>) -> String {
    state.map_or_else(|| "no such process".to_owned(), |state| state.to_string())
}
