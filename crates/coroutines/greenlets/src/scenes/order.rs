//! N5.14: two greenlets switch to each other by hand, in an order the program fixes.

use std::cell::RefCell;

use shared::{Result, claim, say};

pub fn play() -> Result {
    let log = RefCell::new(Vec::new());
    let tell = |text| {
        say!("------{text}-------");
        log.borrow_mut().push(text);
    };
    greenlets::scope(|group| -> Result {
        let gr1 = group.greenlet("gr1");
        let gr2 = group.greenlet("gr2");
        let end_of_gr1 = AtEnd(|| tell("gr1 unwinds"));
        gr1.run(move |()| {
            let _end = end_of_gr1;
            tell("12");
            gr2.switch(());
            tell("34");
            gr2.switch(());
            tell("nobody comes back here");
        })?;
        gr2.run(move |()| {
            tell("56");
            gr1.switch(());
            tell("78");
        })?;
        // The main code is a greenlet too. It made both, so it goes on when one of them
        // ends.
        gr1.switch(());
        claim!(
            gr2.is_dead() && !gr1.is_dead(),
            "gr2 has ended, and gr1 waits in its second switch for ever"
        );
        Ok(())
    })?;
    let log = log.take();
    claim!(
        log[..4] == ["12", "56", "34", "78"],
        "the steps came in the order of the switches"
    );
    // Python would do so when the last reference to gr1 goes; here it is the end of the
    // scope.
    claim!(
        log[4..] == ["gr1 unwinds"],
        "what gr1 still held was dropped at the end of the scope"
    );
    Ok(())
}

/// Does something when it is dropped.
struct AtEnd<F: Fn()>(F);

impl<F: Fn()> Drop for AtEnd<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}
