//! Brokers of one's own: started on a free port of the loopback with their data in a
//! temporary folder, and stopped with the scene.
//!
//! ```
//! # if brokers::kit::find("redis-server").is_none() { return Ok(()); }
//! use brokers::Broker as _;
//!
//! brokers::kit::redis(false, |redis| {
//!     let mut apples = brokers::RedisList::connect(&redis.url(), "apples")?;
//!     Ok(apples.put(b"apple 0")?)
//! })?;
//! # Ok::<(), anyhow::Error>(())
//! ```

mod folder;
pub mod kills;
mod log;
mod program;
mod server;

pub use program::find;
pub use server::Server;

use program::Program;
use shared::Result;

/// Runs `body` beside a Redis of its own, which keeps what it has accepted on disk if
/// it is `durable`.
///
/// # Errors
/// [`Skipped`](shared::Skipped) if Redis is not installed, else why it does not start,
/// or the body's error.
pub fn redis<T>(durable: bool, body: impl FnOnce(&Server) -> Result<T>) -> Result<T> {
    server::run(Program::Redis { durable }, body)
}

/// Runs `body` beside a Memcached of its own with so much memory for its items.
///
/// # Errors
/// As [`redis()`].
pub fn memcached<T>(
    megabytes: u32,
    body: impl FnOnce(&Server) -> Result<T>,
) -> Result<T> {
    server::run(Program::Memcached { megabytes }, body)
}

/// Runs `body` beside a RabbitMQ of its own, which takes 5 to 10 seconds to start.
///
/// # Errors
/// As [`redis()`].
pub fn rabbitmq<T>(body: impl FnOnce(&Server) -> Result<T>) -> Result<T> {
    server::run(Program::RabbitMq, body)
}
