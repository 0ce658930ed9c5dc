//! N2.7: join waits for a child and says how it ended; one of the four mails bounces.

use processes::Exit;
use shared::{Result, claim, pace, say};

pub fn play() -> Result {
    processes::scope(|family| {
        let mut children = Vec::new();
        for (name, seconds) in [("aaa", 1.0), ("bbb", 2.0), ("ccc", 2.5), ("ddd", 3.0)]
        {
            children.push(family.spawn(name, move || send(name, seconds))?);
        }
        let mut bounced = Vec::new();
        for child in &children {
            let exit = child.join()?;
            say!("the mail to {}: {exit}", child.name());
            if exit != Exit::Ok {
                bounced.push((child.name(), exit));
            }
        }
        say!("all children have ended");
        let expected = [("ccc", Exit::Code(1))];
        claim!(bounced == expected, "main knows that one mail bounced, the one to ccc");
        Ok(())
    })
}

/// Where Python raises an exception, Rust returns an error. As the child's last word it
/// becomes exit code 1.
fn send(name: &str, seconds: f64) -> Result {
    pace::sleep(seconds);
    if name == "ccc" {
        return Err(shared::anyhow::anyhow!("no such address: {name}"));
    }
    say!("mail to {name} is sent");
    Ok(())
}
