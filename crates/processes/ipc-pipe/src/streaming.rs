//! A long value on its way to the peer: it is encoded while it is sent, and its long
//! slices are not copied.

use postcard::{ser_flavors, serialize_with_flavor};
use serde::Serialize;

use crate::encoding::{Stack, begin_frame, of_encoding};
use crate::frame::HEAD;
use crate::receiving::Incoming;
use crate::sending::Outgoing;
use crate::{EncodeError, SendCause};

/// A slice of this length is sent from where it is. A shorter one is sooner copied.
const LONG: usize = 64 << 10;

/// Sends a value, with `outbox` for the bytes that are copied. While there is no room
/// for them `incoming` takes in what comes.
///
/// A value with a long slice is encoded twice. The first time tells its length, which
/// the peer must know before all else, and whether it can be encoded.
pub(crate) fn send<T: Serialize + ?Sized>(
    value: &T,
    outgoing: &mut Outgoing,
    outbox: &mut Vec<u8>,
    incoming: Option<&mut Incoming>,
) -> Result<(), SendCause> {
    outbox.clear();
    let length = begin_frame(value, outbox, LONG)?;
    if outbox.len() == length {
        return outgoing.send(outbox, incoming);
    }
    outbox.truncate(HEAD);
    let mut failed = None;
    let stack = Stack::begin();
    let stream = Stream {
        outgoing,
        outbox,
        incoming,
        sent: 0,
        length,
        stack,
        failed: &mut failed,
    };
    serialize_with_flavor(value, stream)
        .map_err(|error| failed.unwrap_or_else(|| of_encoding(&error).into()))
}

/// A frame of which a part has been sent.
struct Stream<'a> {
    outgoing: &'a mut Outgoing,
    /// What has been encoded and not sent.
    outbox: &'a mut Vec<u8>,
    incoming: Option<&'a mut Incoming>,
    sent: usize,
    /// How long the frame is, as its head says.
    length: usize,
    stack: Stack,
    /// Why it was not sent, if that was not the encoding.
    failed: &'a mut Option<SendCause>,
}

impl Stream<'_> {
    /// Sends what has been encoded, and a slice behind it.
    fn send(&mut self, slice: &[u8]) -> postcard::Result<()> {
        let incoming = self.incoming.as_deref_mut();
        let sent =
            self.outgoing.send_part(&mut self.sent, self.outbox, slice, incoming);
        self.outbox.clear();
        sent.map_err(|cause| self.fail(cause))
    }

    /// Room for so many bytes more, as many as were counted the first time.
    fn reserve(&mut self, count: usize) -> postcard::Result<()> {
        self.stack.check()?;
        if self.sent + self.outbox.len() + count > self.length {
            return Err(self.fail(EncodeError::Refused.into()));
        }
        Ok(())
    }

    fn fail(&mut self, cause: SendCause) -> postcard::Error {
        *self.failed = Some(cause);
        postcard::Error::SerializeBufferFull
    }
}

impl ser_flavors::Flavor for Stream<'_> {
    type Output = ();

    fn try_extend(&mut self, data: &[u8]) -> postcard::Result<()> {
        self.reserve(data.len())?;
        if data.len() >= LONG {
            return self.send(data);
        }
        self.outbox.extend_from_slice(data);
        if self.outbox.len() >= LONG { self.send(&[]) } else { Ok(()) }
    }

    fn try_push(&mut self, data: u8) -> postcard::Result<()> {
        self.try_extend(&[data])
    }

    fn finalize(mut self) -> postcard::Result<()> {
        self.send(&[])?;
        if self.sent < self.length {
            return Err(self.fail(EncodeError::Refused.into()));
        }
        Ok(())
    }
}

/// If the value was encoded to something else the second time, or panicked.
impl Drop for Stream<'_> {
    fn drop(&mut self) {
        if (1..self.length).contains(&self.sent) {
            self.outgoing.cut_short();
        }
    }
}

#[cfg(test)]
mod tests;
