//! Coroutines that switch to each other by hand on one thread.
//!
//! Written along N1.18, N2.26, N5.14.
//!
//! ```
//! // Two greenlets, each of which knows the other's name.
//! greenlets::scope(|group| {
//!     let (ping, pong) = (group.greenlet("ping"), group.greenlet("pong"));
//!     ping.run(move |ball: u32| pong.switch(ball + 1))?;
//!     pong.run(move |ball: u32| ping.switch(ball + 1))?;
//!     assert_eq!(ping.switch(0), 2, "ping returned it, and its parent is the main code");
//!     Ok::<(), greenlets::Error>(())
//! })?;
//! # Ok::<(), greenlets::Error>(())
//! ```

mod error;
mod greenlet;
mod group;
mod lane;
mod post;
pub mod turns;
mod world;

pub use error::Error;
pub use greenlet::Greenlet;
pub use group::{Group, scope};
