//! N2.19: a thread that panics does not take the crew down, and is reported at the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::mpsc;

use daemon_threads::Crew;
use shared::{Result, claim, say};

pub fn play() -> Result {
    let eaten = Arc::new(AtomicU32::new(0));
    let ended = Crew::run(|crew| -> Result<&str> {
        let (rotten, other) = (Arc::clone(&eaten), Arc::clone(&eaten));
        let (unwinds, unwound) = mpsc::channel::<()>();
        crew.spawn("good", move || {
            // Until the other one has panicked, and dropped what it owned.
            let _disconnected = unwound.recv();
            eat("good", &other);
        })?;
        crew.spawn("rotten", move || {
            let _unwinds = unwinds;
            eat("rotten", &rotten);
        })?;
        Ok("main is done")
    });
    say!("{}", ended.value?);
    say!("{} apple eaten", eaten.load(SeqCst));
    claim!(
        eaten.load(SeqCst) == 1,
        "the other thread ate its apple after the first one had panicked"
    );
    let panics: Vec<_> = ended.panicked.iter().map(ToString::to_string).collect();
    say!("{}", panics.join(", "));
    claim!(
        panics == ["thread rotten panicked: a rotten apple"],
        "the crew reported the panic at its end, with the name of the thread"
    );
    Ok(())
}

fn eat(apple: &str, eaten: &AtomicU32) {
    assert!(apple != "rotten", "a {apple} apple");
    eaten.fetch_add(1, SeqCst);
}
