//! N2.7: four mails are sent at once; joining them all takes as long as the slowest.

use std::time::Instant;

use shared::{Result, claim, pace, say, seed};

pub fn play() -> Result {
    let seed = seed::announce();
    let mails = ["aaa", "bbb", "ccc", "ddd"]
        .map(|name| (name, 1.0 + 2.0 * seed.rng(name).f64()));

    let begin = Instant::now();
    processes::scope(|family| {
        for (name, seconds) in mails {
            family.spawn(name, || send_mail(name, seconds))?;
        }
        // The note joins one after the other, which comes to the same if all goes well.
        family.join()?;
        say!("all mails are sent");

        let took = pace::note_secs(begin.elapsed());
        let slowest = mails.iter().map(|(_, seconds)| *seconds).fold(0.0, f64::max);
        let sum: f64 = mails.iter().map(|(_, seconds)| seconds).sum();
        claim!(
            took >= slowest,
            "all mails took {took:.1} s, no less than the slowest ({slowest:.1} s)"
        );
        claim!(took < sum, "all mails took less than one after the other ({sum:.1} s)");
        Ok(())
    })
}

fn send_mail(name: &str, seconds: f64) {
    pace::sleep(seconds);
    say!("mail to {name} is sent");
}
