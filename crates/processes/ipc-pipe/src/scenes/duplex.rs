//! N3.2: a pipe has two ends, and each of them sends and receives.

use ipc_pipe::{Connection, pipe};
use shared::{Result, claim, say};

pub fn play() -> Result {
    let (mut parent, child) = pipe::<String>()?;
    processes::scope(|family| {
        // The child's end moves into the child, as Python's `args=(child,)` does, and
        // with that the parent has it no more: so the parent would notice if the child
        // went. In Python both ends stay open in both processes until they are closed.
        family.spawn_with("f", child, f)?;
        let first = parent.recv()?;
        say!("main: got {first}");
        claim!(
            first == "balabala",
            "the parent receives the first message of the child"
        );
        parent.send("babababa".to_owned())?;
        family.join()?;
        Ok(())
    })
}

fn f(mut conn: Connection<String>) -> Result {
    conn.send("balabala".to_owned())?;
    let answer = conn.recv()?;
    say!("f: got {answer}");
    claim!(answer == "babababa", "the child receives the answer of the parent");
    Ok(())
}
