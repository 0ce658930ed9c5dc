//! A list of Redis as a queue: what is sent is forgotten.

use std::time::Duration;

use crate::broker::{Broker, Delivery, Receipt, within_a_year};
use crate::error::Error;
use crate::link::Link;

/// A list of Redis: each item is delivered at most once.
///
/// Redis removes an item from the list when it sends it (`BLPOP`), so an item in hand
/// is lost with its consumer. [`ack`](Broker::ack) does nothing.
#[derive(Debug)]
pub struct RedisList(Link);

impl RedisList {
    /// Connects to the list of that name, which need not exist yet.
    ///
    /// # Errors
    /// As [`connect`](crate::connect).
    pub fn connect(url: &str, queue: &str) -> Result<Self, Error> {
        Link::connect(url, queue).map(Self)
    }
}

impl Broker for RedisList {
    fn put(&mut self, item: &[u8]) -> Result<(), Error> {
        self.0.place.check_size(item)?;
        let push = redis::cmd("RPUSH").arg(&self.0.queue).arg(item).take();
        self.0.ask(&push)
    }

    fn get(&mut self, timeout: Duration) -> Result<Option<Delivery>, Error> {
        let timeout = within_a_year(timeout);
        // Zero would be for ever.
        let seconds = timeout.as_secs_f64().max(0.001);
        let pop = redis::cmd("BLPOP").arg(&self.0.queue).arg(seconds).take();
        let popped: Option<(String, Vec<u8>)> = self.0.ask_within(timeout, &pop)?;
        Ok(popped.map(|(_, item)| Delivery {
            item,
            redelivered: false,
            receipt: Receipt::None,
        }))
    }

    fn ack(&mut self, delivery: Delivery) -> Result<(), Error> {
        match delivery.receipt {
            Receipt::None => Ok(()),
            _ => Err(self.0.place.not_mine()),
        }
    }
}
