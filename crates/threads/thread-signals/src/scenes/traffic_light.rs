//! N5.6: ten cars wait at a red light; none passes before green, then all do.

use std::sync::Arc;
use std::thread;

use shared::{Result, claim, pace, say};
use thread_signals::{Barrier, Event};

struct Crossing {
    light: Event,
    /// Passed when the ten cars have come to the light, and main has as well.
    come: Barrier,
    /// The same when the ten cars have passed it.
    passed: Barrier,
}

pub fn play() -> Result {
    cross(|| {
        pace::sleep(1.0);
        Ok(())
    })
}

/// The note's program: `input` returns when the light is to turn green.
pub fn cross(input: impl Fn() -> Result) -> Result {
    let (come, passed) = (Barrier::new(11)?, Barrier::new(11)?);
    let crossing = Arc::new(Crossing { light: Event::new(), come, passed });
    for i in 0..10 {
        // A thread may outlive this function, so it owns the crossing as well.
        let crossing = Arc::clone(&crossing);
        let car = thread::Builder::new().name(format!("car {i}"));
        car.spawn(move || func(i, &crossing))?;
    }
    crossing.come.wait()?;
    // It is red already; the note makes sure.
    crossing.light.clear();
    input()?;
    let passed = &crossing.passed;
    claim!(passed.n_waiting() == 0, "no car passed while the light was red");
    say!("green");
    crossing.light.set();
    let all = passed.wait_timeout(pace::secs(20.0));
    claim!(all.is_ok(), "all ten cars passed when the light turned green");
    Ok(())
}

fn func(i: usize, crossing: &Crossing) -> Result {
    say!("{i}");
    crossing.come.wait()?;
    crossing.light.wait();
    say!("{}", i + 100);
    crossing.passed.wait()?;
    Ok(())
}
