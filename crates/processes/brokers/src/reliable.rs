//! A list of Redis as a queue, with a list beside it for each hand.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use crate::broker::{Broker, Delivery, Receipt, within_a_year};
use crate::error::Error;
use crate::link::Link;

/// How often a consumer looks for items of consumers that are gone.
const LOOK: Duration = Duration::from_millis(100);

/// A list of Redis, from which each consumer moves items to a list of its own: each
/// item is delivered at least once.
///
/// `BLMOVE` takes an item from the queue and appends it to the consumer's list in one
/// step; an acknowledgement removes it there. Redis knows the consumers by the names
/// that they give to their connections. An item of a consumer that is no longer
/// connected goes to the first other one that looks, within a tenth of a second if one
/// waits. A connection whose machine has gone without a word is there for minutes.
///
/// The queue is the same as that of a [`RedisList`](crate::RedisList) of its name.
#[derive(Debug)]
pub struct RedisReliable {
    link: Link,
    /// The name of the connection; no other has it, before or after.
    name: String,
    /// When this consumer has last looked for those that are gone; not yet, if its name
    /// may be missing in the set.
    looked: Option<Instant>,
}

impl RedisReliable {
    /// Connects to the list of that name, which need not exist yet.
    ///
    /// # Errors
    /// As [`connect`](crate::connect).
    pub fn connect(url: &str, queue: &str) -> Result<Self, Error> {
        let mut link = Link::connect(url, queue)?;
        let name = format!("{}-{:016x}", std::process::id(), fastrand::u64(..));
        link.ask::<()>(&redis::cmd("CLIENT").arg(&["SETNAME", &name]).take())?;
        Ok(Self { link, name, looked: None })
    }

    /// The set of the names of all that have a list of their own.
    fn names(&self) -> String {
        format!("{}:hands", self.link.queue)
    }

    fn hand(&self, name: &str) -> String {
        format!("{}:hand:{name}", self.link.queue)
    }

    /// An item of a consumer that is gone.
    fn take_over(&mut self) -> Result<Option<Vec<u8>>, Error> {
        if self.looked.is_some_and(|looked| looked.elapsed() < LOOK) {
            return Ok(None);
        }
        let names = self.names();
        // Both in one step: a consumer is connected before its name is in the set.
        let (hands, clients): (Vec<String>, String) = self.link.ask_all(
            redis::pipe().cmd("SMEMBERS").arg(&names).cmd("CLIENT").arg("LIST"),
        )?;
        let connected: HashSet<&str> = clients
            .split_ascii_whitespace()
            .filter_map(|field| field.strip_prefix("name="))
            .collect();
        for gone in hands.iter().filter(|name| !connected.contains(name.as_str())) {
            let take = redis::cmd("LMOVE")
                .arg(&[&*self.hand(gone), &self.hand(&self.name), "LEFT", "RIGHT"])
                .take();
            if let Some(item) = self.link.ask(&take)? {
                return Ok(Some(item));
            }
            // Nothing is put there any more.
            self.link.ask::<()>(&redis::cmd("SREM").arg(&[&names, gone]).take())?;
        }
        self.looked = Some(Instant::now());
        Ok(None)
    }

    /// The next item of the queue, waited for.
    fn take(&mut self, timeout: Duration) -> Result<Option<Vec<u8>>, Error> {
        // Zero would be for ever.
        let seconds = timeout.as_secs_f64().max(0.001);
        let (queue, hand) = (&self.link.queue, &self.hand(&self.name));
        let take = redis::cmd("BLMOVE")
            .arg(&[queue, hand, "LEFT", "RIGHT"])
            .arg(seconds)
            .take();
        self.link.ask_within(timeout, &take)
    }
}

impl Broker for RedisReliable {
    fn put(&mut self, item: &[u8]) -> Result<(), Error> {
        self.link.place.check_size(item)?;
        let push = redis::cmd("RPUSH").arg(&self.link.queue).arg(item).take();
        self.link.ask(&push)
    }

    fn get(&mut self, timeout: Duration) -> Result<Option<Delivery>, Error> {
        let deadline = Instant::now() + within_a_year(timeout);
        if self.looked.is_none() {
            // Before it takes anything, or what it takes could not be found.
            let add = redis::cmd("SADD").arg(&[&self.names(), &self.name]).take();
            self.link.ask::<()>(&add)?;
        }
        loop {
            if let Some(item) = self.take_over()? {
                return Ok(Some(delivery(item, true)));
            }
            let rest = deadline.saturating_duration_since(Instant::now());
            let item = self.take(rest.min(LOOK))?;
            if item.is_some() || Instant::now() >= deadline {
                return Ok(item.map(|item| delivery(item, false)));
            }
        }
    }

    fn ack(&mut self, delivery: Delivery) -> Result<(), Error> {
        let Receipt::Held(item) = delivery.receipt else {
            return Err(self.link.place.not_mine());
        };
        let hand = self.hand(&self.name);
        let remove = redis::cmd("LREM").arg(&[&hand, "1"]).arg(item).take();
        match self.link.ask(&remove)? {
            0 => Err(self.link.place.not_mine()),
            _ => Ok(()),
        }
    }
}

fn delivery(item: Vec<u8>, redelivered: bool) -> Delivery {
    Delivery { item: item.clone(), redelivered, receipt: Receipt::Held(item) }
}
