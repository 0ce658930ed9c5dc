//! N2.26: a switch takes a value along, and returns the value of the switch back.

use shared::{Result, claim, say};

pub fn play() -> Result {
    greenlets::scope(|group| {
        let adder = group.greenlet("adder");
        let doubler = group.greenlet("doubler");
        // The first value that a greenlet gets is its argument; its own switch returns
        // each later one.
        adder.run(move |number| {
            say!("adder begins with {number}");
            let number = doubler.switch(number + 1);
            say!("adder is back with {number}");
            number + 1
        })?;
        doubler.run(move |number| {
            say!("doubler begins with {number}");
            let number = adder.switch(2 * number);
            say!("doubler is back with {number}");
            number + 1
        })?;

        let number = adder.switch(10);
        say!("main gets {number}");
        claim!(
            adder.is_dead() && !doubler.is_dead(),
            "the adder returned to its parent main, and the doubler still waits"
        );
        claim!(number == 23, "the values went 10, 11, 22, 23 through both greenlets");

        let number = adder.switch(7);
        say!("main gets {number}");
        claim!(number == 7, "a switch to the dead adder went to its parent, main");

        let number = doubler.switch(40);
        say!("main gets {number}");
        claim!(
            number == 41,
            "the doubler's switch returned the 40 that main sent, and 41 came back"
        );
        Ok(())
    })
}
