//! A call that blocks until it may go on, and then says so.

use std::sync::mpsc;

use shared::Result;

use super::told::Told;

/// The other side of the call.
#[derive(Debug)]
pub struct BlockingCall {
    go_on: mpsc::Sender<()>,
    has_ended: mpsc::Receiver<()>,
}

impl BlockingCall {
    /// The call, and what lets it go on.
    pub fn new(told: &Told) -> (impl FnOnce() -> Result + Send + use<>, Self) {
        let (go_on, wait) = mpsc::channel();
        let (end, has_ended) = mpsc::channel();
        let told = told.clone();
        let call = move || {
            // Both channels carry nothing: it is their end that is waited for.
            let _ = wait.recv();
            told.tell("the blocking call ends");
            drop(end);
            Ok(())
        };
        (call, Self { go_on, has_ended })
    }

    /// Lets the call go on, and waits until it has ended or was dropped.
    pub fn go_on(self) {
        drop(self.go_on);
        let _: Result<(), _> = self.has_ended.recv();
    }
}
