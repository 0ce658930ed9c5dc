//! N5.6: ten cars come to a red light; none passes until it turns green, and then all do.

use std::io::{self, BufRead as _};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread::{self, Scope};

use anyhow::{Context as _, ensure};
use shared::{Result, claim, pace, say};
use thread_signals::Event;

pub fn play() -> Result {
    let light = Event::new();
    let passed = AtomicUsize::new(0);
    thread::scope(|scope| {
        let red = red(scope, &light, &passed);
        // Whatever happened on red, nobody is left standing there: the scope waits for all of them.
        light.set();
        red
    })?;
    claim!(passed.into_inner() == 10, "all ten passed on green");
    Ok(())
}

fn red<'scope>(
    scope: &'scope Scope<'scope, '_>,
    light: &'scope Event,
    passed: &'scope AtomicUsize,
) -> Result {
    for number in 0..10 {
        let car = thread::Builder::new().name(format!("car {number}"));
        car.spawn_scoped(scope, move || drive(number, light, passed))?;
    }
    wait_on_red()?;
    claim!(passed.load(SeqCst) == 0, "none of the ten passed on red");
    say!("green");
    Ok(())
}

fn drive(number: usize, light: &Event, passed: &AtomicUsize) {
    say!("{number}");
    light.wait();
    passed.fetch_add(1, SeqCst);
    say!("{}", number + 100);
}

fn wait_on_red() -> Result {
    if !shared::flag("ask") {
        pace::sleep(1.0);
        return Ok(());
    }
    say!("press Enter to turn the light green");
    let read = io::stdin().lock().skip_until(b'\n').context("--ask: standard input")?;
    ensure!(read > 0, "--ask: nobody can press Enter, for standard input has ended");
    Ok(())
}
