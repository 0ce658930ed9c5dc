//! N5.14: a switch takes a value there and brings one back.

use shared::{Result, claim, say};

pub fn play() -> Result {
    greenlets::scope(|group| {
        let main = group.current();
        let adder = group.greenlet("adder");
        let doubler = group.greenlet("doubler");

        // The first value that a greenlet is sent is its argument; each later one is what its own switch returns.
        adder.run(move |number| {
            say!("adder begins with {number}");
            let number = doubler.switch(number + 1);
            say!("adder is back with {number}");
            let number = main.switch(number + 1);
            say!("adder ends with {number}");
            number + 1
        })?;
        // It never switches back: what it returns would go to its parent, which is main, and not to the adder.
        doubler.run(move |number| {
            say!("doubler begins with {number}");
            adder.switch(2 * number)
        })?;

        let first = adder.switch(10);
        say!("main gets {first}");
        claim!(first == 23, "10 went through the adder and the doubler and came back as (10 + 1) * 2 + 1");

        let returned = adder.switch(40);
        say!("main gets {returned}");
        claim!(returned == 41 && adder.is_dead(), "what a greenlet returns comes to its parent");

        let back = adder.switch(7);
        say!("main gets {back}");
        claim!(back == 7, "a switch to a dead greenlet goes to its parent, and here that is main itself");
        Ok(())
    })
}
