//! N2.6: in Python the children of a killed parent live on; here they end too.

use std::time::{Duration, Instant};

use processes::Event;
use shared::{Result, claim, say};

pub fn play() -> Result {
    let all_live = Event::new()?;
    processes::scope(|family| {
        let parent = family
            .spawn("parent", || live("parent", &["child", "grandchild"], &all_live))?;
        family.wait_for(&all_live)?;
        let below = processes::descendants(parent.pid())?;
        claim!(below.len() == 2, "the parent has a child and a grandchild");

        // SIGKILL leaves the parent no chance to look after its child. So it is the
        // kernel that must do it: each child has asked it to (PR_SET_PDEATHSIG).
        parent.kill()?;
        say!("parent: {}", parent.join()?);

        let deadline = Instant::now() + Duration::from_secs(2);
        let mut left = 0;
        for (pid, name) in below.into_iter().zip(["child", "grandchild"]) {
            let time = deadline.saturating_duration_since(Instant::now());
            let gone = processes::ends_within(pid, time)?;
            say!("{name}: {}", if gone { "gone" } else { "left behind" });
            left += u32::from(!gone);
        }
        claim!(left == 0, "the kernel ends the descendants of a killed parent");
        Ok(())
    })
}

/// Waits for ever, and so do all that come `below` it.
fn live(name: &str, below: &[&str], all_live: &Event) -> Result {
    say!("{name}: alive");
    processes::scope(|family| {
        if let [child, below @ ..] = below {
            family.spawn(child, || live(child, below, all_live))?;
            return Ok(family.join()?);
        }
        all_live.set();
        processes::pause()
    })
}
