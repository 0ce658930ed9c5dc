//! N1.18: switching at every step, with nothing to wait for, only costs.

use std::hint::black_box;
use std::time::Duration;

use greenlets::kit::cpu::best_of_five;
use shared::{Result, claim, say};

const STEPS: u64 = 1_000_000;

pub fn play() -> Result {
    let switching = best_of_five("a switch at every step", with_switches)?;
    let serial = best_of_five("one after the other", || -> Result {
        one_after_the_other();
        Ok(())
    })?;
    let calling = best_of_five("a call at every step", || -> Result {
        (0..STEPS).for_each(|i| step(black_box(i + 1)));
        Ok(())
    })?;
    let nanoseconds = |time: Duration| time.as_secs_f64() * 1e9 / STEPS as f64;
    say!("a switch at every step: {:6.2} ns a step", nanoseconds(switching));
    say!("one after the other:    {:6.2} ns a step", nanoseconds(serial));
    say!("a call at every step:   {:6.2} ns a step", nanoseconds(calling));
    // In Python a bare step of a loop is so slow that a switch hardly matters.
    let ratio = switching.as_secs_f64() / serial.as_secs_f64();
    say!("ratio {ratio:.1} : 1 (the note's: 28.5 : 17.1 = 1.7 : 1)");
    claim!(
        switching > 4 * calling,
        "a switch at every step took over four times as long as a call at every step"
    );
    Ok(())
}

/// The note's generator: func2 goes to func1 after each step of its own, and func1
/// goes back after each of its own.
///
/// The note's func1 only adds two constants, which its compiler does before it runs.
/// Here both sides do the same steps, and differ by the switches.
fn with_switches() -> Result {
    greenlets::scope(|group| {
        let func2 = group.current();
        let func1 = group.greenlet("func1");
        func1.run(move |()| {
            for i in 0..STEPS {
                black_box(i + 1);
                func2.switch(());
            }
        })?;
        for i in 0..STEPS {
            black_box(i + 1);
            func1.switch(());
        }
        Ok(())
    })
}

fn one_after_the_other() {
    for _func in 1..=2 {
        for i in 0..STEPS {
            black_box(i + 1);
        }
    }
}

#[inline(never)]
fn step(i: u64) {
    black_box(i + 1);
}
