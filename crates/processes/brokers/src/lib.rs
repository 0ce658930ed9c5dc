//! A queue that several machines can reach, kept by a broker: Redis, Memcached or
//! RabbitMQ (N2.14).
//!
//! [`Broker`] is the one interface to all of them. An item is put, got as a
//! [`Delivery`], and acknowledged when the work is done, which is to a broker what
//! `task_done` is to a `JoinableQueue`:
//!
//! ```
//! use std::time::Duration;
//!
//! use brokers::Broker;
//!
//! fn eat(broker: &mut dyn Broker) -> Result<(), brokers::Error> {
//!     while let Some(apple) = broker.get(Duration::from_secs(1))? {
//!         println!("eats {}", apple.text());
//!         broker.ack(apple)?;
//!     }
//!     Ok(())
//! }
//!
//! # let play = || -> Result<(), Box<dyn std::error::Error>> {
//! # brokers::kit::redis(false, |redis| {
//! # let url = redis.url();
//! // Such as redis://:secret@127.0.0.1:6379
//! let mut broker = brokers::connect(&url, "apples")?;
//! broker.put(b"apple 0")?;
//! eat(&mut *broker)?;
//! # Ok(())
//! # })?;
//! # Ok(())
//! # };
//! # if brokers::kit::find("redis-server").is_some() { play()? }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is promised
//! | | an item is delivered | an item in hand | survives a restart of the broker |
//! |---|---|---|---|
//! | [`RedisList`] | at most once | is lost with it | as Redis is set |
//! | [`RedisReliable`] | at least once | goes to another in 0.1 s | as Redis is set |
//! | [`RedisStream`] | at least once | goes to another after a time | as Redis is set |
//! | [`Memcached`] | any number of times | goes to another after a time | no |
//! | [`RabbitMq`] | at least once | goes to another at once | yes |
//!
//! - [`put`](Broker::put) returns when the broker has accepted the item. If it fails,
//!   the item may be in the queue or not; a second attempt may put it twice.
//! - "At least once" is of items that the broker has accepted and keeps. No broker
//!   delivers exactly once: a consumer that dies between its work and its
//!   acknowledgement has done work that is done again.
//! - A delivery that was in another hand before is marked as
//!   [`redelivered`](Delivery::redelivered).
//! - Each wait has an end. A broker that has not answered three seconds after it should
//!   have is [`Lost`](Error::Lost). A connection that is lost stays lost;
//!   [`reconnect`] makes another.
//! - An error is one line, and names the broker without the password.
//!
//! # How each one is a queue
//! - [`RedisList`] appends with `RPUSH` and takes with `BLPOP`. Redis forgets an item
//!   when it sends it.
//! - [`RedisReliable`] takes with `BLMOVE`, which moves the item to a list of the
//!   consumer's own, until it is acknowledged. Another consumer takes over the list of
//!   one that is no longer connected.
//! - [`RedisStream`] appends with `XADD` and reads as a member of a consumer group.
//!   Redis notes which member has which entry, until `XACK`. `XAUTOCLAIM` takes over an
//!   entry that has been in a hand for longer than a set time, whether its holder is
//!   dead or slow.
//! - [`Memcached`] has no queues. The items have numbered keys, a counter says how many
//!   there are, and a consumer claims an item with `add`, which fails if the key is
//!   there. It has to ask again and again, and may find that the item has been evicted.
//! - [`RabbitMq`] has a durable queue with persistent messages, which RabbitMQ
//!   confirms, and consumers that acknowledge, with at most one delivery in hand each.
//!   RabbitMQ gives the delivery to another consumer when the connection closes, as
//!   that of a dead process does at once. With [automatic
//!   acknowledgement](RabbitMq::acknowledged_when_sent) it forgets what it has sent.
//!
//! # Limits
//! - An item has at most 512 KiB ([`MAX_ITEM`]), which all brokers take as they come.
//! - There is no `join`: no broker tells a producer when all is done.
//! - Connections are not encrypted. Over a network that others can read, use a tunnel.
//! - Kafka is missing here. Its model is that of the stream: a log, and a place in it
//!   for each group of consumers.
//!
//! # Dependencies
//! The clients are `redis` (blocking) and `lapin`, which runs on tokio. A process that
//! forks connects to RabbitMQ after its last fork, for lapin has threads. Memcached's
//! text protocol is spoken here.
//!
//! | module | what it holds |
//! |---|---|
//! | `list`, `reliable`, `stream` | the three queues in Redis |
//! | `link` | the connection of all three |
//! | `memcached`, `text` | the queue in Memcached, and its text protocol |
//! | `rabbitmq` | the queue in RabbitMQ |
//! | `broker` | the interface |
//! | `connect`, `backoff` | connecting, once or until the broker is there again |
//! | `place` | the parts of a URL, and errors that name it |
//! | `error` | why a call failed |
//! | [`kit`] | brokers of one's own, started for a scene and stopped with it |

#![forbid(unsafe_code)]

mod backoff;
mod broker;
mod connect;
mod error;
pub mod kit;
mod link;
mod list;
mod memcached;
mod place;
mod rabbitmq;
mod reliable;
mod stream;
mod text;

pub use backoff::Backoff;
pub use broker::{Broker, Delivery, MAX_ITEM};
pub use connect::{connect, reconnect};
pub use error::Error;
pub use list::RedisList;
pub use memcached::Memcached;
pub use rabbitmq::RabbitMq;
pub use reliable::RedisReliable;
pub use stream::RedisStream;
