//! Connecting to whichever broker a URL names, once or until it is there again.

use std::time::{Duration, Instant};

use crate::backoff::Backoff;
use crate::broker::{Broker, within_a_year};
use crate::error::Error;
use crate::list::RedisList;
use crate::memcached::Memcached;
use crate::place::Place;
use crate::rabbitmq::RabbitMq;
use crate::reliable::RedisReliable;
use crate::stream::RedisStream;

/// Connects to the broker that the URL names, and to a queue there.
///
/// The schemes are `redis://` for a [`RedisStream`], `redis+list://` for a
/// [`RedisList`], `redis+reliable://` for a [`RedisReliable`], `memcached://` and
/// `amqp://`; the URL may hold a user and a password.
///
/// ```
/// let error = brokers::connect("http://127.0.0.1/", "apples").err();
/// assert_eq!(
///     error.map(|it| it.to_string()).as_deref(),
///     Some(
///         "\"http://127.0.0.1/\" is not the URL of a broker: the scheme is one of \
///          redis, redis+list, redis+reliable, memcached and amqp"
///     )
/// );
/// ```
///
/// # Errors
/// [`Error::Url`], [`Error::Unreachable`], [`Error::Login`] and [`Error::OtherType`].
pub fn connect(url: &str, queue: &str) -> Result<Box<dyn Broker>, Error> {
    let place = Place::parse(url)?;
    match place.scheme() {
        "redis" => Ok(Box::new(RedisStream::connect(url, queue)?)),
        "redis+list" => Ok(Box::new(RedisList::connect(url, queue)?)),
        "redis+reliable" => Ok(Box::new(RedisReliable::connect(url, queue)?)),
        "memcached" => Ok(Box::new(Memcached::connect(url, queue)?)),
        "amqp" => Ok(Box::new(RabbitMq::connect(url, queue)?)),
        _ => Err(place.wrong(
            "the scheme is one of redis, redis+list, redis+reliable, memcached and \
             amqp",
        )),
    }
}

/// Connects as [`connect`] does, again and again while the broker is gone, with pauses
/// from 10 ms to a second between the attempts, for at most `patience`. Each failed
/// attempt is told to `on_failure`.
///
/// Deliveries of the lost connection are not to be acknowledged over the new one:
/// RabbitMQ has given them to others by then, and refuses.
///
/// # Errors
/// The last attempt's when the time is up, and at once any that waiting does not cure,
/// such as [`Error::Login`].
///
/// ```
/// use std::time::Duration;
///
/// let mut failures = 0;
/// let patience = Duration::from_millis(50);
/// let connected = brokers::reconnect("redis://127.0.0.1:1", "apples", patience, |_| {
///     failures += 1;
/// });
/// assert!(connected.is_err_and(|error| error.is_gone()) && failures > 1);
/// ```
pub fn reconnect(
    url: &str,
    queue: &str,
    patience: Duration,
    mut on_failure: impl FnMut(&Error),
) -> Result<Box<dyn Broker>, Error> {
    let deadline = Instant::now() + within_a_year(patience);
    let mut pauses = Backoff::new(Duration::from_millis(10), Duration::from_secs(1));
    loop {
        match connect(url, queue) {
            Err(error) if error.is_gone() => {
                on_failure(&error);
                let rest = deadline.saturating_duration_since(Instant::now());
                if rest.is_zero() {
                    return Err(error);
                }
                std::thread::sleep(pauses.next().unwrap_or_default().min(rest));
            }
            connected => return connected,
        }
    }
}
