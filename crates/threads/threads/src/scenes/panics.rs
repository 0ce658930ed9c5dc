//! N5.3: a panic ends its own thread, and comes out at the join.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use shared::{Result, claim, say};

pub fn play() -> Result {
    let bad = threads::spawn("bad", || eat("rotten apple"))?;
    let joined = bad.join();
    // Only now: were the panic to end more than its thread, this one could not run.
    let good = threads::spawn("good", || eat("apple"))?.join();

    say!("bad: {}", outcome(&joined));
    say!("good: {}", outcome(&good));
    claim!(
        joined.is_err_and(|it| it.message().as_deref() == Some("a rotten apple")),
        "the join of the thread that panicked returned its message"
    );
    claim!(
        good.is_ok_and(|eaten| eaten == "apple"),
        "a thread that ran after the panic returned its value"
    );

    // The thread that joins may let the panic go on, as if there had been no thread.
    let goes_on = catch_unwind(AssertUnwindSafe(|| {
        let bad = threads::spawn("bad", || eat("rotten apple"))?;
        Ok(bad.join().unwrap_or_else(|panicked| resume_unwind(panicked.into_payload())))
    }));
    let payload = goes_on.map(|ended: Result<_>| ended.is_ok());
    let message = payload.err().and_then(|it| it.downcast::<String>().ok());
    say!("resumed in main: {}", message.as_deref().map_or("nothing", String::as_str));
    claim!(
        message.is_some_and(|message| *message == "a rotten apple"),
        "the panic went on in main with the same message"
    );
    Ok(())
}

fn eat(apple: &str) -> String {
    assert!(!apple.starts_with("rotten"), "a {apple}");
    apple.to_owned()
}

fn outcome(joined: &Result<String, threads::Panicked>) -> String {
    match joined {
        Ok(eaten) => format!("ate an {eaten}"),
        Err(panicked) => panicked.to_string(),
    }
}
