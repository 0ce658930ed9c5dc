//! A stream of Redis as a queue: what is in hand is remembered.

use std::time::{Duration, Instant};

use redis::streams::{StreamAutoClaimReply, StreamId, StreamReadReply};

use crate::broker::{Broker, Delivery, Receipt, within_a_year};
use crate::error::Error;
use crate::link::Link;

/// The consumer group that all consumers are members of.
const GROUP: &str = "consumers";
/// The field of an entry that holds the item.
const FIELD: &str = "item";

/// A stream of Redis with a consumer group: each item is delivered at least once.
///
/// Redis keeps an entry until it is acknowledged, and notes which consumer has it. It
/// does not notice that a consumer has died. Instead another consumer takes over an
/// entry that has been in one hand for [a set time](Self::claim_after), a minute at
/// first; a consumer that takes longer shares its work with another.
#[derive(Debug)]
pub struct RedisStream {
    link: Link,
    /// What the group calls this consumer; no other has the name.
    consumer: String,
    claim_after: Duration,
}

impl RedisStream {
    /// Connects to the stream of that name, and makes it if there is none.
    ///
    /// # Errors
    /// As [`connect`](crate::connect).
    pub fn connect(url: &str, queue: &str) -> Result<Self, Error> {
        let mut link = Link::connect(url, queue)?;
        let create =
            redis::cmd("XGROUP").arg(&["CREATE", queue, GROUP, "0", "MKSTREAM"]).take();
        match link.ask::<()>(&create) {
            // Another consumer has made the group.
            Err(Error::Refused { cause, .. }) if cause.starts_with("BUSYGROUP") => {}
            made => made?,
        }
        let consumer = format!("{}-{:08x}", std::process::id(), fastrand::u32(..));
        Ok(Self { link, consumer, claim_after: Duration::from_mins(1) })
    }

    /// Takes over what has been in one hand for so long.
    #[must_use]
    pub fn claim_after(mut self, time: Duration) -> Self {
        self.claim_after = within_a_year(time);
        self
    }

    /// How many items are not acknowledged: those that wait, and those in hand.
    ///
    /// # Errors
    /// As [`Broker::get`].
    pub fn unfinished(&mut self) -> Result<u64, Error> {
        let length = redis::cmd("XLEN").arg(&self.link.queue).take();
        self.link.ask(&length)
    }

    /// An entry that another consumer has had for too long.
    fn claim(&mut self) -> Result<Option<Delivery>, Error> {
        let idle = self.claim_after.as_millis() as u64;
        let claim = redis::cmd("XAUTOCLAIM")
            .arg(&self.link.queue)
            .arg(GROUP)
            .arg(&self.consumer)
            .arg(idle)
            .arg("0")
            .arg(&["COUNT", "1"])
            .take();
        let reply: StreamAutoClaimReply = self.link.ask(&claim)?;
        Ok(reply.claimed.into_iter().next().map(|entry| delivery(&entry, true)))
    }

    /// An entry that no consumer has had, waited for.
    fn read(&mut self, timeout: Duration) -> Result<Option<Delivery>, Error> {
        // Zero would be for ever.
        let milliseconds = (timeout.as_millis() as u64).max(1);
        let read = redis::cmd("XREADGROUP")
            .arg(&["GROUP", GROUP, &self.consumer, "COUNT", "1", "BLOCK"])
            .arg(milliseconds)
            .arg(&["STREAMS", &self.link.queue, ">"])
            .take();
        let reply: Option<StreamReadReply> = self.link.ask_within(timeout, &read)?;
        let entry = reply.into_iter().flat_map(|it| it.keys).flat_map(|it| it.ids);
        Ok(entry.map(|entry| delivery(&entry, false)).next())
    }
}

impl Broker for RedisStream {
    fn put(&mut self, item: &[u8]) -> Result<(), Error> {
        self.link.place.check_size(item)?;
        let add =
            redis::cmd("XADD").arg(&[&self.link.queue, "*", FIELD]).arg(item).take();
        self.link.ask(&add)
    }

    fn get(&mut self, timeout: Duration) -> Result<Option<Delivery>, Error> {
        let deadline = Instant::now() + within_a_year(timeout);
        loop {
            if let Some(claimed) = self.claim()? {
                return Ok(Some(claimed));
            }
            // Then it looks again for what has become old meanwhile.
            let rest = deadline.saturating_duration_since(Instant::now());
            let read = self.read(rest.min(self.claim_after))?;
            if read.is_some() || Instant::now() >= deadline {
                return Ok(read);
            }
        }
    }

    fn ack(&mut self, delivery: Delivery) -> Result<(), Error> {
        let Receipt::Entry(id) = delivery.receipt else {
            return Err(self.link.place.not_mine());
        };
        let queue = &self.link.queue.clone();
        self.link.ask_all(
            redis::pipe()
                .cmd("XACK")
                .arg(&[queue, GROUP, &id])
                .cmd("XDEL")
                .arg(&[queue, &id]),
        )
    }
}

fn delivery(entry: &StreamId, redelivered: bool) -> Delivery {
    Delivery {
        item: entry.get(FIELD).unwrap_or_default(),
        redelivered,
        receipt: Receipt::Entry(entry.id.clone()),
    }
}
