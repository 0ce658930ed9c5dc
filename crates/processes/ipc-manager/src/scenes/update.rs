//! N3.3: an update is one step: none is lost, even when a process is killed in it.

use ipc_manager::{Manager, Value};
use processes::Event;
use shared::{Result, claim, say};

pub fn play() -> Result {
    processes::scope(|family| {
        let manager = Manager::start(family)?;
        let apples = manager.value(&0)?;
        let inside = Event::new()?;
        let victim = family.spawn("victim", || stop_in_the_middle(&apples, &inside))?;
        family.wait_for(&inside)?;
        for name in ["a", "b", "c", "d"] {
            family.spawn(name, || add(name, 100, &apples))?;
        }
        // The victim holds the manager's lock, and the four wait for it. The victim
        // will never give it back.
        victim.kill()?;
        let _killed = victim.join()?;
        family.join()?;

        let left = apples.get()?;
        say!("main: {left}");
        claim!(left == 400, "each addition of the four counts, the victim's does not");
        Ok(())
    })
}

fn stop_in_the_middle(apples: &Value<u32>, inside: &Event) -> Result {
    apples.update(|apples| {
        say!("victim sees {apples} and is about to write {}", apples + 1000);
        inside.set();
        processes::pause()
    })?;
    Ok(())
}

fn add(name: &str, count: u32, apples: &Value<u32>) -> Result {
    for _ in 0..count {
        apples.update(|apples| apples + 1)?;
    }
    say!("{name} has added {count} times one");
    Ok(())
}
