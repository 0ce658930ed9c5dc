//! What a server reports, for a caller that waits for it.

use std::fmt;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// The events that a server has reported, and that its visitor has not yet looked at.
pub struct Reports<E>(Receiver<E>);

/// A function for [`Server::reporting`](crate::Server::reporting), and what it is told.
///
/// ```
/// use socket_server::kit::{Client, SOON, reports};
/// use socket_server::{Event, Protocol, Server, one_at_a_time};
///
/// let (report, reports) = reports();
/// let server = Server::local(Protocol::UPPER)?.reporting(report);
/// server.during(one_at_a_time, |address| {
///     let client = Client::connect(address, Protocol::UPPER)?;
///     let connected = Event::Connected { peer: client.address()? };
///     assert_eq!(reports.wait_for(SOON, |_| true), Some(connected));
///     Ok::<(), socket_server::Error>(())
/// })?;
/// # Ok::<(), socket_server::Error>(())
/// ```
pub fn reports<E: Clone + Send>() -> (impl Fn(&E) + Send + Sync, Reports<E>) {
    let (report, reports) = channel();
    let report = move |event: &E| {
        // It fails when the visitor has left, while the server is being stopped.
        let _nobody_waits = report.send(event.clone());
    };
    (report, Reports(reports))
}

impl<E> Reports<E> {
    /// Waits until such an event has been reported; none if none is within `time`.
    /// Those before it are discarded.
    pub fn wait_for(&self, time: Duration, such: impl Fn(&E) -> bool) -> Option<E> {
        let deadline = Instant::now() + time;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let event = self.0.recv_timeout(left).ok()?;
            if such(&event) {
                return Some(event);
            }
        }
    }
}

impl<E> fmt::Debug for Reports<E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Reports").finish_non_exhaustive()
    }
}
