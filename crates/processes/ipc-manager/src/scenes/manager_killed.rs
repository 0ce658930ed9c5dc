//! N3.3: when the manager is killed, each of its clients gets an error at once.

use std::time::{Duration, Instant};

use ipc_manager::{Dict, Error, Manager};
use processes::Event;
use shared::{Result, claim, say};

pub fn play() -> Result {
    processes::scope(|family| {
        let manager = Manager::start(family)?;
        let dict = manager.dict()?;
        for name in ["a", "b", "c"] {
            let has_begun = Event::new()?;
            family.spawn(name, || write_for_ever(name, &dict, &has_begun))?;
            family.wait_for(&has_begun)?;
        }

        let begin = Instant::now();
        manager.process().kill()?;
        let _killed = manager.process().join()?;
        family.join()?;
        claim!(
            begin.elapsed() < Duration::from_secs(1),
            "all three clients have ended within a second of the manager's death"
        );
        // The first request breaks main's connection, the second wants a new one.
        for request in ["first", "second"] {
            let gone = matches!(dict.len(), Err(Error::Gone { .. }));
            claim!(gone, "the {request} request to a dead manager fails with Gone");
        }
        Ok(())
    })
}

fn write_for_ever(name: &str, dict: &Dict<String, u32>, has_begun: &Event) -> Result {
    dict.insert(name, &0)?;
    has_begun.set();
    let error = (1..).find_map(|number| dict.insert(name, &number).err());
    say!("{name}: {}", error.as_ref().map(ToString::to_string).unwrap_or_default());
    let gone = matches!(error, Some(Error::Gone { .. }));
    claim!(gone, "client {name} writes until a request fails with Gone");
    Ok(())
}
