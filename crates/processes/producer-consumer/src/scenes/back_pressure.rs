//! N2.11: a bounded queue slows a fast producer down to the pace of its consumer.

use std::time::Instant;

use producer_consumer::ProcessQueue;
use shared::{Result, claim, pace, say};

const ROOM: usize = 3;
const APPLES: usize = 12;

type Apples = ProcessQueue<usize>;
/// The most apples that the producer saw wait, and how many seconds it took.
type Report = ProcessQueue<(usize, f64)>;

pub fn play() -> Result {
    let (apples, report) = (Apples::new(ROOM)?, Report::new(0)?);
    processes::scope(|family| {
        family.spawn("producer", || harvest(&apples, &report))?;
        family.spawn("consumer", || eat(&apples))?;
        family.join()?;

        let (most, took) = report.try_get()?;
        say!("at most {most} apples waited, the producer took {took:.1} s");
        claim!(
            most == ROOM,
            "the producer has seen {ROOM} apples wait, and never more"
        );
        // When the last apple goes in, all but the last three have come out, and half a
        // second lies between any two.
        let least = 0.5 * (APPLES - ROOM - 1) as f64;
        claim!(
            took >= least,
            "it took the producer at least {least:.1} s to put {APPLES} apples"
        );
        Ok(())
    })
}

/// In an unbounded queue all apples would lie at once, and take memory for as long.
fn harvest(apples: &Apples, report: &Report) -> Result {
    let begin = Instant::now();
    let mut most = 0;
    for apple in 0..APPLES {
        apples.put(apple)?;
        most = most.max(apples.len());
        say!("+++apple {apple}");
    }
    apples.close();
    report.put((most, pace::note_secs(begin.elapsed())))?;
    Ok(())
}

/// Until the queue is closed and empty.
fn eat(apples: &Apples) -> Result {
    for apple in apples {
        pace::sleep(0.5);
        say!("---apple {}", apple?);
    }
    Ok(())
}
