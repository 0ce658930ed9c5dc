//! N3.3: when the manager is killed, whoever uses it is told so at once.

use std::time::{Duration, Instant};

use ipc_manager::{Dict, Error, Manager};
use processes::{Event, Exit, SIGKILL};
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
        claim!(
            manager.process().join()? == Exit::Killed(SIGKILL),
            "the manager was killed by SIGKILL"
        );
        family.join()?;
        claim!(
            begin.elapsed() < Duration::from_secs(1),
            "within a second all three know"
        );
        let error = dict.len().err();
        claim!(
            matches!(error, Some(Error::Gone { .. })),
            "and so does who comes later"
        );
        Ok(())
    })
}

fn write_for_ever(name: &str, dict: &Dict<String, u32>, has_begun: &Event) -> Result {
    dict.insert(name, &0)?;
    has_begun.set();
    let mut numbers = 1..;
    let error = numbers.find_map(|number| dict.insert(name, &number).err());
    say!("{name}: {}", error.as_ref().map(ToString::to_string).unwrap_or_default());
    claim!(
        matches!(error, Some(Error::Gone { .. })),
        "{name} is told that the manager has gone"
    );
    Ok(())
}
