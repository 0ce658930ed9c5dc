//! N2.13: twelve mails wait in a queue, and three children take one after another.

use joinable_queue::JoinableQueue;
use shared::{Result, claim, pace, say};
use ticket_lock::ProcessLock;

pub fn play() -> Result {
    let (mails, sent) = (JoinableQueue::new(0)?, ProcessLock::new(0)?);
    processes::scope(|family| {
        for name in ["x", "y", "z"] {
            // A daemon is terminated when the scope ends. It never stops by itself.
            family.daemon(name, || send_all(name, &mails, &sent))?;
        }
        for mail in 0..12 {
            mails.put(mail)?;
        }
        say!("twelve mails are in the queue");
        mails.join();
        let (unfinished, sent) = (mails.unfinished(), *sent.lock_as_is());
        say!("{unfinished} mails are unfinished, {sent} are sent");
        claim!(unfinished == 0, "join waited until every mail was finished");
        claim!(sent == 12, "each mail that was finished was sent");
        Ok(())
    })
}

fn send_all(name: &str, mails: &JoinableQueue<u32>, sent: &ProcessLock<u32>) -> Result {
    for mail in mails {
        let mail = mail?;
        pace::sleep(1.0);
        say!("{name} sends mail {}", *mail);
        *sent.lock_as_is() += 1;
        mail.done();
    }
    Ok(())
}
