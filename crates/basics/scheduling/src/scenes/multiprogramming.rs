//! N2.1: while one job waits for its device, another one has the core.

use scheduling::kit::show;
use scheduling::{Job, Policy};
use shared::{Result, claim, say};

pub fn play() -> Result {
    // Each computes for 2 units, waits for its device for 3, and so on until it has
    // computed for 6: together that takes 12.
    let program = |name, arrival| Job::new(name, arrival, 6).io(2, 3);
    let policy = Policy::FirstComeFirstServed;

    say!("one program after the other");
    let serial = policy.schedule(&[program("copy", 0), program("sort", 12)])?;
    show::chart(&serial);
    say!("the end at {}, the core idle for {}", serial.end(), serial.idle());

    say!("both at once");
    let both = policy.schedule(&[program("copy", 0), program("sort", 0)])?;
    show::chart(&both);
    say!("the end at {}, the core idle for {}", both.end(), both.idle());
    claim!(
        both.end() < serial.end(),
        "two programs at once end sooner than one after the other"
    );
    claim!(
        both.idle() < serial.idle(),
        "the core is idle for less time when two programs share it"
    );
    claim!(
        both.order() == ["copy", "sort", "copy", "sort", "copy", "sort"],
        "each program has the core while the other waits for its device"
    );
    Ok(())
}
