//! What a server says to its clients.

/// What a server of the notes says: a greeting, if any, then an answer to whatever it
/// receives.
///
/// No protocol of the notes frames its messages: what one `recv` gives is answered,
/// though it may be a part of a message, or several. So a long message may come back
/// with the prefix in its midst, wherever the stream happened to be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protocol {
    /// What every client is told first.
    pub greeting: &'static str,
    /// What goes before each answer.
    pub prefix: &'static str,
    /// Whether the answer is in upper case (as by Python's `bytes.upper`, which changes
    /// ASCII letters alone).
    pub upper: bool,
}

impl Protocol {
    /// The same bytes back.
    pub const ECHO: Self = Self { greeting: "", prefix: "", upper: false };
    /// N1.7, N1.8, N4.1: the text in upper case.
    pub const UPPER: Self = Self { greeting: "", prefix: "", upper: true };

    /// Appends the answer to what has been received.
    pub fn answer(&self, received: &[u8], answer: &mut Vec<u8>) {
        answer.extend_from_slice(self.prefix.as_bytes());
        let begin = answer.len();
        answer.extend_from_slice(received);
        if self.upper {
            answer[begin..].make_ascii_uppercase();
        }
    }
}
