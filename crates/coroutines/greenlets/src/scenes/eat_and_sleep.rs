//! N2.26: switching does not overlap sleeps: a sleeping greenlet blocks the other.

use std::cell::RefCell;
use std::time::Instant;

use shared::{Result, claim, pace, say};

pub fn play() -> Result {
    let log = RefCell::new(Vec::new());
    let tell = |text| {
        say!("{text}");
        log.borrow_mut().push(text);
    };
    let begin = Instant::now();
    greenlets::scope(|group| -> Result {
        let g1 = group.greenlet("eat");
        let g2 = group.greenlet("sleep");
        g1.run(move |()| {
            tell("start eating");
            g2.switch(());
            // There is one thread. While it sleeps here, g2 does not run, though it has
            // nothing to wait for.
            pace::sleep(1.0);
            tell("end eating");
            g2.switch(());
        })?;
        g2.run(move |()| {
            tell("start sleeping");
            g1.switch(());
            pace::sleep(1.0);
            tell("end sleeping");
        })?;
        g1.switch(());
        Ok(())
    })?;
    let time = pace::note_secs(begin.elapsed());
    say!("{time:.1} s");

    let order = ["start eating", "start sleeping", "end eating", "end sleeping"];
    claim!(log.take() == order, "both greenlets began before either ended");
    claim!(time >= 2.0, "the two sleeps of a second took two seconds together");
    Ok(())
}
