//! Memcached made to look like a queue.

use std::io;
use std::time::{Duration, Instant};

use crate::backoff::Backoff;
use crate::broker::{Broker, Delivery, Receipt, within_a_year};
use crate::error::Error;
use crate::place::Place;
use crate::text::Text;

/// How long a consumer sleeps between two looks at an empty queue, at first and at
/// most.
const LOOK_AGAIN: (Duration, Duration) =
    (Duration::from_millis(1), Duration::from_millis(20));

/// The value of an item that is done.
const DONE: &[u8] = b"-";
/// Begins the value of an item that is not.
const ITEM: &[u8] = b"+";

/// Numbered keys in Memcached as a queue.
///
/// A consumer claims an item by a lock: a key that it adds, and that expires after
/// [a set time](Self::lock_for), a minute at first. An item whose lock has expired is
/// delivered again, also if its first consumer is only slow.
///
/// Memcached may evict any key when its memory is full, and loses all with its process.
/// An item that has been evicted is lost in silence: it looks like one that is about to
/// be put. The key of an item stays when the item is done.
#[derive(Debug)]
pub struct Memcached {
    place: Place,
    text: Text,
    queue: String,
    lock_seconds: u32,
    /// All items with a smaller number are done.
    first: u64,
    /// How many times a look at the queue found nothing.
    in_vain: u64,
}

impl Memcached {
    /// Connects to the queue of that name.
    ///
    /// # Errors
    /// As [`connect`](crate::connect); a name that has a space or more than 200 bytes,
    /// and a URL with a password, are [`Error::Url`]: the text protocol has no login.
    pub fn connect(url: &str, queue: &str) -> Result<Self, Error> {
        let place = Place::parse(url)?;
        if !queue.bytes().all(|byte| byte.is_ascii_graphic()) || queue.len() > 200 {
            return Err(place.wrong(
                "the queue's name is a part of keys: at most 200 characters of ASCII, \
                 and no space",
            ));
        }
        if url.contains('@') {
            return Err(place.wrong("Memcached's text protocol has no login"));
        }
        let text = Text::connect(place.address(11211))
            .map_err(|error| place.unreachable(&error))?;
        let queue = queue.to_owned();
        Ok(Self { place, text, queue, lock_seconds: 60, first: 1, in_vain: 0 })
    }

    /// Locks an item for so long, a whole number of seconds that is at least 1.
    #[must_use]
    pub fn lock_for(mut self, seconds: u32) -> Self {
        self.lock_seconds = seconds.max(1);
        self
    }

    /// How many looks at the queue have found no item to take: Memcached cannot wait.
    #[must_use]
    pub fn looks_in_vain(&self) -> u64 {
        self.in_vain
    }

    /// The first item that is neither done nor locked.
    fn take(&mut self) -> Result<Option<Delivery>, Error> {
        let last = self.counter()?;
        for number in self.first..=last {
            // No value: an item that is about to be set, or has been evicted.
            let Some(value) = self.value(&self.key("item", number))? else { continue };
            if value == DONE {
                self.first += u64::from(number == self.first);
                continue;
            }
            let lock = self.key("lock", number);
            if self.store("add", &lock, self.lock_seconds, b"")? != "STORED" {
                continue;
            }
            // The holder before may have finished it before this lock was added.
            let value = self.value(&self.key("item", number))?;
            let Some(item) = value.and_then(|it| Some(it.strip_prefix(ITEM)?.to_vec()))
            else {
                continue;
            };
            let began = self.key("began", number);
            let redelivered = self.store("add", &began, 0, b"")? != "STORED";
            let receipt = Receipt::Number(number);
            return Ok(Some(Delivery { item, redelivered, receipt }));
        }
        Ok(None)
    }

    /// How many items have been put.
    fn counter(&mut self) -> Result<u64, Error> {
        let key = format!("{}:count", self.queue);
        let count = self.value(&key)?.unwrap_or_default();
        let text = String::from_utf8_lossy(&count);
        match text.trim() {
            "" => Ok(0),
            digits => digits.parse().map_err(|_| {
                self.place.other_type(&self.queue, &format!("its count is {digits:?}"))
            }),
        }
    }

    fn key(&self, what: &str, number: u64) -> String {
        format!("{}:{what}:{number}", self.queue)
    }

    fn value(&mut self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        let value = self.text.value(key);
        self.told(value)
    }

    fn ask(&mut self, command: &str) -> Result<String, Error> {
        let answer = self.text.ask(command);
        self.told(answer)
    }

    fn store(
        &mut self,
        verb: &str,
        key: &str,
        seconds: u32,
        value: &[u8],
    ) -> Result<String, Error> {
        let stored = self.text.store(verb, key, seconds, value);
        match self.told(stored)? {
            error if error.starts_with("SERVER_ERROR object too large") => {
                Err(self.place.too_large(value.len(), &error))
            }
            error if error.contains("ERROR") => Err(self.place.refused(&error)),
            answer => Ok(answer),
        }
    }

    fn told<T>(&self, answer: io::Result<T>) -> Result<T, Error> {
        answer.map_err(|error| self.place.lost(&error))
    }
}

impl Broker for Memcached {
    fn put(&mut self, item: &[u8]) -> Result<(), Error> {
        self.place.check_size(item)?;
        let count = format!("{}:count", self.queue);
        self.store("add", &count, 0, b"0")?;
        let answer = self.ask(&format!("incr {count} 1"))?;
        let number: u64 = answer.parse().map_err(|_| {
            self.place.other_type(&self.queue, &format!("its count answers {answer:?}"))
        })?;
        // A consumer that looks now finds the number taken and no item. So an item that
        // is done has to be told from one that is missing.
        let value = [ITEM, item].concat();
        self.store("set", &self.key("item", number), 0, &value).map(drop)
    }

    fn get(&mut self, timeout: Duration) -> Result<Option<Delivery>, Error> {
        let deadline = Instant::now() + within_a_year(timeout);
        let (first, most) = LOOK_AGAIN;
        for pause in Backoff::new(first, most) {
            let taken = self.take()?;
            let rest = deadline.saturating_duration_since(Instant::now());
            if taken.is_some() || rest.is_zero() {
                return Ok(taken);
            }
            self.in_vain += 1;
            std::thread::sleep(pause.min(rest));
        }
        Ok(None)
    }

    fn ack(&mut self, delivery: Delivery) -> Result<(), Error> {
        let Receipt::Number(number) = delivery.receipt else {
            return Err(self.place.not_mine());
        };
        // Before the lock is gone.
        self.store("set", &self.key("item", number), 0, DONE)?;
        for what in ["began", "lock"] {
            self.ask(&format!("delete {}", self.key(what, number)))?;
        }
        Ok(())
    }
}
