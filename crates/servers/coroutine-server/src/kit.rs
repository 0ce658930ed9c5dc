//! What the scenes and the bench need beside the servers.
//!
//! | module | role |
//! |---|---|
//! | `servers` | [`SERVERS`]: the servers of the course, by name |
//! | `cost` | [`measure`]: what a request costs each of them |
//! | `traced` | the system calls of another process, counted |
//! | `skip` | [`or_skip`]: scenes that need a ring |

mod cost;
mod servers;
mod skip;
mod traced;

pub use cost::{Cost, measure};
pub use servers::{SERVERS, Serve};
pub use skip::or_skip;
