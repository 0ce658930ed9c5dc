//! N5.6: ten cars wait at a red light; none passes before green, then all do.

use std::io::{self, BufRead as _};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread::{self, Scope};

use anyhow::{Context as _, ensure};
use shared::{Result, claim, pace, say};
use thread_signals::{Barrier, Event};

struct Crossing {
    /// For the ten cars, and for main, which looks at them once all have come.
    all_here: Barrier,
    light: Event,
    passed: AtomicUsize,
}

pub fn play() -> Result {
    let crossing = Crossing {
        all_here: Barrier::new(11)?,
        light: Event::new(),
        passed: AtomicUsize::new(0),
    };
    thread::scope(|scope| {
        let red = red(scope, &crossing);
        // Whatever happened on red, nobody is left standing there: the scope waits for
        // all of them.
        crossing.all_here.abort();
        crossing.light.set();
        red
    })?;
    claim!(crossing.passed.into_inner() == 10, "all ten passed on green");
    Ok(())
}

fn red<'scope>(scope: &'scope Scope<'scope, '_>, crossing: &'scope Crossing) -> Result {
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
