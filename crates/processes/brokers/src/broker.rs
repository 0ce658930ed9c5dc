//! The one interface to all brokers.

use std::borrow::Cow;
use std::time::Duration;

use crate::error::Error;

/// How many bytes an item has at most.
pub const MAX_ITEM: usize = 512 * 1024;

/// How long a broker may take to answer.
pub const PATIENCE: Duration = Duration::from_secs(3);

/// The longest wait. Brokers refuse one that is too long for their clock.
const LONGEST: Duration = Duration::from_hours(365 * 24);

/// A timeout that every broker and every clock can add to the time.
pub fn within_a_year(timeout: Duration) -> Duration {
    timeout.min(LONGEST)
}

/// A queue at a broker, over a connection of its own.
///
/// Dropping it closes the connection. The broker then takes back what was got over it
/// and not acknowledged, as far as it knows of it.
pub trait Broker {
    /// Appends an item to the queue, and returns when the broker has accepted it.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::OtherType`] and [`Error::Lost`] say what they say;
    /// after the last one the item may have been put.
    fn put(&mut self, item: &[u8]) -> Result<(), Error>;

    /// Waits for an item, but for at most `timeout`, and no longer than a year; `None`
    /// if none has come.
    ///
    /// # Errors
    /// [`Error::Lost`] when the broker is gone.
    fn get(&mut self, timeout: Duration) -> Result<Option<Delivery>, Error>;

    /// Says that the work on this item is done, so that the broker forgets it.
    ///
    /// # Errors
    /// [`Error::Lost`] when the broker is gone: the item may be delivered again.
    fn ack(&mut self, delivery: Delivery) -> Result<(), Error>;
}

/// An item in the hand of a consumer.
///
/// Acknowledging takes it, so a second acknowledgement does not compile:
///
/// ```compile_fail,E0382
/// # fn eat(broker: &mut dyn brokers::Broker, apple: brokers::Delivery)
/// # -> Result<(), brokers::Error> {
/// broker.ack(apple)?;
/// broker.ack(apple)
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a delivery that is not acknowledged is delivered again"]
pub struct Delivery {
    /// The item.
    pub item: Vec<u8>,
    /// Whether it was in another hand before: a part of the work may have been done, or
    /// all of it.
    pub redelivered: bool,
    pub(crate) receipt: Receipt,
}

impl Delivery {
    /// The item as text; bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.item)
    }
}

/// What the broker calls a delivery.
#[derive(Debug)]
pub enum Receipt {
    /// The broker has forgotten the item.
    None,
    /// The id of the entry in the stream.
    Entry(String),
    /// The item as it is in the consumer's own list.
    Held(Vec<u8>),
    /// The number of the item.
    Number(u64),
    /// The delivery at its channel.
    Message(Box<lapin::message::Delivery>),
}
