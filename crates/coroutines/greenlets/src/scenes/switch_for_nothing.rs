//! N1.18: switching at every step, with nothing to wait for, only costs.

use std::hint::black_box;
use std::time::Duration;

use shared::bench::cpu_time;
use shared::{Result, claim, say, trace};

const STEPS: u64 = 1_000_000;

pub fn play() -> Result {
    let switching =
        best_of_five("a switch at every step", with_a_switch_at_every_step)?;
    let plain = best_of_five("one after the other", || {
        one_after_the_other();
        Ok(())
    })?;
    let ratio = switching.as_secs_f64() / plain.as_secs_f64();
    say!("a switch at every step: {:6.2} ns a step", nanoseconds_a_step(switching));
    say!("one after the other:    {:6.2} ns a step", nanoseconds_a_step(plain));
    // In Python a bare step of a loop is so slow that a switch does not weigh much
    // beside it.
    say!("ratio {ratio:.1} : 1 (the note's: 28.5 : 17.1 = 1.7 : 1)");
    claim!(ratio > 2.0, "switching for its own sake costs more than twice the work");
    Ok(())
}

/// The notes' generator: func2 goes to func1 after each step of its own, and func1
/// gives way after each of its.
///
/// The note's func1 only adds two constants, which its compiler does before it runs.
/// Here both sides do the same steps, and differ by the switches.
fn with_a_switch_at_every_step() -> Result {
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

/// The CPU time of the best run, because whatever else the machine does can only make
/// one longer.
fn best_of_five(name: &str, play: impl Fn() -> Result) -> Result<Duration> {
    let _runs = trace::span(name);
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let begin = cpu_time();
        play()?;
        best = best.min(cpu_time().saturating_sub(begin));
    }
    Ok(best)
}

fn nanoseconds_a_step(time: Duration) -> f64 {
    time.as_secs_f64() * 1e9 / STEPS as f64
}
