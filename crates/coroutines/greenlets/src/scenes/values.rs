//! N2.26: a switch takes a value there and brings one back.

use shared::{Result, claim, say};

pub fn play() -> Result {
    greenlets::scope(|group| {
        let adder = group.greenlet("adder");
        let doubler = group.greenlet("doubler");
        // The first value that a greenlet is sent is its argument; each later one is
        // what its own switch returns.
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
            "the adder returned to main, which made it, not to the doubler, which had \
             come to it last"
        );
        claim!(number == 23, "10 came back through both as (10 + 1) * 2 + 1");

        let number = adder.switch(7);
        say!("main gets {number}");
        claim!(
            number == 7,
            "a switch to a dead greenlet goes to its parent, and here that is main \
             itself"
        );

        let number = doubler.switch(40);
        say!("main gets {number}");
        claim!(
            number == 41,
            "the doubler waited for a value in its switch, and took the one that came"
        );
        Ok(())
    })
}
