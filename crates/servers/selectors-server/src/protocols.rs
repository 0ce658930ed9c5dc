//! The protocols of the two notes.

use socket_server::Protocol;

/// N3.10: "haha+" and the text.
pub const HAHA: Protocol = Protocol { greeting: "", prefix: "haha+", upper: false };

/// N5.2: a greeting, then "response: " and the text.
pub const RESPONSE: Protocol =
    Protocol { greeting: "Hello client-side", prefix: "response: ", upper: false };
