//! N2.13: a child is killed with a mail in hand, and another child sends that mail.

use joinable_queue::JoinableQueue;
use processes::{Event, Exit, SIGKILL};
use shared::{Result, claim, pace, say};
use ticket_lock::ProcessLock;

pub fn play() -> Result {
    let (mails, sent) = (JoinableQueue::new(0)?, ProcessLock::new(0)?);
    let has_begun = Event::new()?;
    processes::scope(|family| {
        (0..3).try_for_each(|mail| mails.put(mail))?;
        let x = family.spawn("x", || begin(&mails, &has_begun))?;
        family.wait_for(&has_begun)?;
        x.kill()?;
        claim!(x.join()? == Exit::Killed(SIGKILL), "x was killed with mail 0 in hand");
        for name in ["y", "z"] {
            family.daemon(name, || send_all(name, &mails, &sent))?;
        }
        let joined = mails.join_timeout(pace::secs(20.0));
        claim!(joined, "join returned although a child was killed with a mail in hand");
        claim!(*sent.lock_as_is() == 3, "y and z sent all three mails");
        Ok(())
    })
}

fn begin(mails: &JoinableQueue<u32>, has_begun: &Event) -> Result {
    let mail = mails.get()?;
    say!("x has mail {} in hand", *mail);
    has_begun.set();
    processes::pause()
}

fn send_all(name: &str, mails: &JoinableQueue<u32>, sent: &ProcessLock<u32>) -> Result {
    for mail in mails {
        let mail = mail?;
        pace::sleep(1.0);
        let again = if mail.redelivered() { ", which had begun" } else { "" };
        say!("{name} sends mail {}{again}", *mail);
        *sent.lock_as_is() += 1;
        mail.done();
    }
    Ok(())
}
