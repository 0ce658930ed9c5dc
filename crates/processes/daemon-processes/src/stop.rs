//! A request to stop.

use std::time::Duration;

use crossbeam::channel::{Receiver, RecvTimeoutError, bounded};

/// Whether the service has been asked to end, by SIGTERM, SIGINT (Ctrl-C) or SIGHUP.
///
/// Any number of threads can wait for it.
#[derive(Clone, Debug)]
pub struct Stop(Receiver<Never>);

/// No message is ever sent: the end of the channel is the request, and unlike a message
/// it reaches every receiver.
#[derive(Debug)]
enum Never {}

impl Stop {
    /// Listens for signals from now on, once in a process.
    ///
    /// It starts a thread (ctrlc's), because a signal handler itself may do next to
    /// nothing (signal-safety(7)); so all forks come before it. A SIGHUP or SIGINT that
    /// the process ignores stays ignored: `nohup` and a background job ask for that.
    pub(crate) fn listen() -> Result<Self, ctrlc::Error> {
        let (sender, receiver) = bounded(0);
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
