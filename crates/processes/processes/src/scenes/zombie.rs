//! N2.6: a dead child stays a zombie until its parent asks how it ended.

use processes::{State, state};
use shared::{Result, claim, say};

pub fn play() -> Result {
    processes::scope(|family| {
        let child = family.spawn("child", || say!("child: I am done"))?;
        // A join that leaves the child as it is. Without it one would have to poll
        // /proc to see what comes now.
        let exit = child.peek()?;
        let after_its_end = state(child.pid())?;
        say!("after its end: {}, {exit}", told(after_its_end));
        claim!(
            after_its_end == Some(State::Zombie),
            "a child that has ended is a zombie until it is joined"
        );

        let exit = child.join()?;
        let after_join = state(child.pid())?;
        say!("after join: {}, {exit}", told(after_join));
        claim!(after_join.is_none(), "a child that has been joined is gone");
        Ok(())
    })
}

fn told(state: Option<State>) -> String {
    state.map_or_else(|| "gone".to_owned(), |state| state.to_string())
}
