//! The check of an answer, byte by byte as it comes.

use std::fmt;

use crate::Protocol;

impl Protocol {
    /// Begins to check the answer to a message.
    ///
    /// ```
    /// use socket_server::Protocol;
    ///
    /// let haha = Protocol { greeting: "", prefix: "haha+", upper: false };
    /// let mut answer = haha.expect(b"hi there");
    /// // The server has received the message in two parts, and its first answer comes
    /// // in two parts as well.
    /// assert!(!answer.take(b"haha+h")?);
    /// assert!(!answer.take(b"i")?);
    /// assert!(answer.take(b"haha+ there")?);
    /// # Ok::<(), socket_server::kit::Wrong>(())
    /// ```
    #[must_use]
    pub fn expect(&self, message: &[u8]) -> Answer {
        let text =
            if self.upper { message.to_ascii_uppercase() } else { message.to_vec() };
        Answer {
            prefix: self.prefix,
            text,
            places: vec![Place { text: 0, prefix: Some(0) }],
            before: Vec::new(),
        }
    }

    /// Begins to check the greeting.
    #[must_use]
    pub fn expect_greeting(&self) -> Answer {
        Self::ECHO.expect(self.greeting.as_bytes())
    }
}

/// An answer of which some bytes may have come.
///
/// A prefix may stand wherever the server's `recv` cut the message, and may look like
/// the message itself. So all ways in which the bytes can be read are followed at once;
/// the answer is wrong when none is left.
#[derive(Clone, Debug)]
pub struct Answer {
    prefix: &'static str,
    text: Vec<u8>,
    places: Vec<Place>,
    /// The places before the last byte; kept for its memory.
    before: Vec<Place>,
}

/// A place in the answer, up to which all bytes were right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    /// How many bytes of the message have come back.
    text: usize,
    /// How many of the prefix have, while one is being read.
    prefix: Option<usize>,
}

impl Answer {
    /// Checks the bytes that have come next; true when the answer is whole.
    ///
    /// # Errors
    /// [`Wrong`] if they are not what the protocol demands.
    pub fn take(&mut self, bytes: &[u8]) -> Result<bool, Wrong> {
        let mut rest = bytes;
        while let [byte, after @ ..] = rest {
            let run = self.run(rest);
            if run > 0 {
                rest = &rest[run..];
                continue;
            }
            std::mem::swap(&mut self.places, &mut self.before);
            self.places.clear();
            for place in 0..self.before.len() {
                self.step(self.before[place], *byte);
            }
            if self.places.is_empty() {
                return Err(Wrong(rest.to_vec()));
            }
            rest = after;
        }
        Ok(self.is_whole())
    }

    /// Whether all of the answer has come.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let whole = Place { text: self.text.len(), prefix: None };
        // An empty message has no answer, for it is not sent.
        self.text.is_empty() || self.places.contains(&whole)
    }

    /// Goes on by as many bytes as can only be the message's own, and gives their
    /// number: a long message is nearly all of that kind.
    fn run(&mut self, bytes: &[u8]) -> usize {
        let [Place { text, prefix: None }] = &mut self.places[..] else { return 0 };
        let begins = self.prefix.as_bytes().first();
        let run = self.text[*text..]
            .iter()
            .zip(bytes)
            .take_while(|(own, byte)| own == byte && Some(*byte) != begins);
        let run = run.count();
        *text += run;
        run
    }

    /// Goes on from a place by one byte, in each way that the byte allows.
    fn step(&mut self, place: Place, byte: u8) {
        let prefix = self.prefix.as_bytes();
        // A new prefix may begin where at least a byte of text has come since the last
        // one, and more is to come.
        let begins = place.prefix.is_none() && place.text < self.text.len();
        let within = place.prefix.or(begins.then_some(0));
        if let Some(at) = within.filter(|&at| prefix.get(at) == Some(&byte)) {
            self.reach(Place { text: place.text, prefix: Some(at + 1) });
        }
        let at_text = place.prefix.is_none_or(|at| at == prefix.len());
        if at_text && self.text.get(place.text) == Some(&byte) {
            self.reach(Place { text: place.text + 1, prefix: None });
        }
    }

    fn reach(&mut self, place: Place) {
        if !self.places.contains(&place) {
            self.places.push(place);
        }
    }
}

/// An answer that the protocol does not allow, from the first wrong byte on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Wrong(pub Vec<u8>);

impl fmt::Display for Wrong {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "wrong from here on: {:?}", String::from_utf8_lossy(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HAHA: Protocol = Protocol { greeting: "", prefix: "haha+", upper: false };
    const RESPONSE: Protocol =
        Protocol { greeting: "Hello client-side", prefix: "response: ", upper: false };

    fn is_right(protocol: Protocol, message: &str, answer: &str) -> bool {
        protocol.expect(message.as_bytes()).take(answer.as_bytes()) == Ok(true)
    }

    #[test]
    fn what_a_protocol_answers_it_also_expects() {
        for protocol in [Protocol::ECHO, Protocol::UPPER, HAHA, RESPONSE] {
            // Each text begins like a prefix, or is one.
            for message in ["hello", "haha+haha+", "rrresponse: ", "Ünïcode"] {
                for cut in
                    (1..message.len()).filter(|&cut| message.is_char_boundary(cut))
                {
                    let mut answer = Vec::new();
                    protocol.answer(&message.as_bytes()[..cut], &mut answer);
                    protocol.answer(&message.as_bytes()[cut..], &mut answer);
                    assert!(
                        is_right(
                            protocol,
                            message,
                            std::str::from_utf8(&answer).unwrap()
                        ),
                        "{message} {cut}"
                    );
                }
            }
        }
    }

    #[test]
    fn wrong_bytes_are_found_where_they_stand() {
        let wrong = HAHA.expect(b"abc").take(b"haha+aXc");
        assert_eq!(wrong, Err(Wrong(b"Xc".to_vec())));
        for answer in [
            "abc",
            "haha+haha+abc",
            "haha+ab",
            "haha+abcc",
            "haha+abchaha+",
            "haha+acb",
        ] {
            assert!(!is_right(HAHA, "abc", answer), "{answer}");
        }
        assert!(!is_right(Protocol::UPPER, "abc", "abc"));
        assert!(!is_right(Protocol::ECHO, "abc", "ABC"));
    }

    #[test]
    fn a_greeting_is_exact() {
        assert_eq!(RESPONSE.expect_greeting().take(b"Hello client-side"), Ok(true));
        assert!(RESPONSE.expect_greeting().take(b"Hello, client").is_err());
        assert!(HAHA.expect_greeting().is_whole());
    }
}
