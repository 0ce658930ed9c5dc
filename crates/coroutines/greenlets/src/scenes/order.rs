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
            tell("this is never printed");
        })?;
        gr2.run(move |()| {
            tell("56");
            gr1.switch(());
            tell("78");
        })?;
        // The main code is a greenlet too. It made both, so it goes on when one of them
        // ends.
        gr1.switch(());
        let steps = log.borrow();
        claim!(
            *steps == ["12", "56", "34", "78"],
            "the steps are in the switches' order"
        );
        claim!(
            gr2.is_dead() && !gr1.is_dead(),
            "gr2 has ended, and gr1 still waits in its second switch"
        );
        Ok(())
    })?;
    // In Python this happens when the last reference to gr1 goes.
    claim!(
        log.take().get(4..) == Some(&["gr1 unwinds"]),
        "gr1 was unwound at the end of the scope"
    );
    Ok(())
}

/// Calls a function when it is dropped.
struct AtEnd<F: Fn()>(F);

impl<F: Fn()> Drop for AtEnd<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}
