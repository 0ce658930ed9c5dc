//! N5.6: ten cars wait at a red light; none passes before green, then all do.

use std::io::{self, BufRead as _};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread::{self, Scope};

use anyhow::{Context as _, ensure};
use clap::ArgMatches;
use shared::{Result, claim, pace, say};
use thread_signals::{Barrier, Event};

struct Crossing {
    /// For the ten cars, and for main, which looks at them once all have come.
    all_here: Barrier,
    light: Event,
    passed: AtomicUsize,
}

pub fn play() -> Result {
    cross(|| {
        pace::sleep(1.0);
        Ok(())
    })
}

/// The note's own program: Enter turns the light green.
pub fn by_hand(_: &ArgMatches) -> Result {
    cross(|| {
        say!("press Enter to turn the light green");
        let read = io::stdin().lock().skip_until(b'\n').context("standard input")?;
        ensure!(read > 0, "standard input ended before Enter was pressed");
        Ok(())
    })
}

fn cross(wait_on_red: impl Fn() -> Result) -> Result {
    let crossing = Crossing {
        all_here: Barrier::new(11)?,
        light: Event::new(),
        passed: AtomicUsize::new(0),
    };
    thread::scope(|scope| {
        let red = red(scope, &crossing, wait_on_red);
        // The scope joins every car, so none may be left waiting when red ends by an
        // error.
        crossing.all_here.abort();
        crossing.light.set();
        red
    })?;
    claim!(crossing.passed.into_inner() == 10, "all ten passed on green");
    Ok(())
}

fn red<'scope>(
    scope: &'scope Scope<'scope, '_>,
    crossing: &'scope Crossing,
    wait_on_red: impl Fn() -> Result,
) -> Result {
    for number in 0..10 {
        let car = thread::Builder::new().name(format!("car {number}"));
        car.spawn_scoped(scope, move || drive(number, crossing))?;
    }
    crossing.all_here.wait()?;
    wait_on_red()?;
    claim!(crossing.passed.load(SeqCst) == 0, "none of the ten passed on red");
    say!("green");
    Ok(())
}

fn drive(number: usize, crossing: &Crossing) -> Result {
    say!("{number}");
    crossing.all_here.wait()?;
    crossing.light.wait();
    crossing.passed.fetch_add(1, SeqCst);
    say!("{}", number + 100);
    Ok(())
}
