//! The wish that a service end.

use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// Whether the service has been asked to end, by SIGTERM, SIGINT (Ctrl-C) or SIGHUP.
#[derive(Debug)]
pub struct Stop(Receiver<Never>);

/// What is never sent: the end of the channel is the message, and unlike a message it
/// stays.
#[derive(Debug)]
enum Never {}

impl Stop {
    /// Listens for signals from now on, once in a process.
    ///
    /// It starts a thread (ctrlc's), because next to nothing may be done in a signal
    /// handler itself (signal-safety(7)); so whoever still wants to fork does it
    /// before.
    /// A SIGHUP or SIGINT that the process ignores stays ignored: `nohup` and a
    /// background job ask for that.
    pub(crate) fn listen() -> Result<Self, ctrlc::Error> {
        let (sender, receiver) = channel();
        let mut sender = Some(sender);
        shared::signals::keep_ignored(|| {
            ctrlc::set_handler(move || drop(sender.take()))
        })
        .map_err(ctrlc::Error::System)??;
        Ok(Self(receiver))
    }

    /// Waits until the service is asked to end.
    pub fn wait(&self) {
        let _asked = self.0.recv();
    }

    /// Waits for so long at most, and says whether the service has been asked to end.
    #[must_use]
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        matches!(self.0.recv_timeout(timeout), Err(RecvTimeoutError::Disconnected))
    }
}
