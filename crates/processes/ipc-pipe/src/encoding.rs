//! Values to bytes and back, in postcard's encoding, within limits of length and depth.

use postcard::{Deserializer, de_flavors, ser_flavors, serialize_with_flavor};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::frame::{HEAD, LIMIT, head_of};

/// The stack that may be used while a value is encoded or decoded: a thread has 2 MiB
/// as a rule, and a type that contains itself takes some of it for each level.
const STACK: usize = 256 << 10;

/// Postcard reports with this error what its own code never does.
const TOO_DEEP: postcard::Error = postcard::Error::NotYetImplemented;

/// Why a value could not be encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// It takes more than [`LIMIT`] bytes.
    #[error("a message takes {LIMIT} bytes at most, and this one more")]
    TooLong,
    /// Its type contains itself, and it is nested too deeply for the stack.
    #[error("the message is nested too deeply to be encoded")]
    TooDeep,
    /// Its `Serialize` refuses, or does not tell the length of a sequence or a map.
    #[error("the message's type refuses to be encoded")]
    Refused,
}

/// Why bytes could not be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// They end before the value does.
    #[error("it ends too early")]
    TooShort,
    /// They go on behind the value: it was another type that was sent.
    #[error("it goes on behind the value")]
    TooLong,
    /// The type contains itself, and the value is nested too deeply for the stack.
    #[error("it is nested too deeply")]
    TooDeep,
    /// No value of the type is encoded so.
    #[error("it is none of the type expected")]
    Malformed,
    /// The type's `Deserialize` refuses the value, or asks for a description of it,
    /// which the encoding does not contain.
    #[error("the type refuses it")]
    Refused,
}

/// Appends a value to `buffer`.
///
/// # Errors
/// If the value cannot be encoded within [`LIMIT`]; `buffer` is then as it was.
pub fn encode<T: Serialize + ?Sized>(
    value: &T,
    buffer: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    write(value, buffer, usize::MAX).map(drop)
}

/// Appends a value to `buffer`, up to the first slice of at least `long` bytes. From
/// there on it only counts. Gives the length of the whole value.
fn write<T: Serialize + ?Sized>(
    value: &T,
    buffer: &mut Vec<u8>,
    long: usize,
) -> Result<usize, EncodeError> {
    let start = buffer.len();
    let end = start + LIMIT;
    let writer = Writer { buffer, end, long, counted: 0, stack: Stack::begin() };
    let length = serialize_with_flavor(value, writer).map_err(|error| {
        buffer.truncate(start);
        of_encoding(&error)
    })?;
    Ok(length - start)
}

pub(crate) fn of_encoding(error: &postcard::Error) -> EncodeError {
    match error {
        postcard::Error::SerializeBufferFull => EncodeError::TooLong,
        &TOO_DEEP => EncodeError::TooDeep,
        _ => EncodeError::Refused,
    }
}

/// Appends to `buffer` the frame of a value: its length, and then the value.
///
/// # Errors
/// As [`encode`].
///
/// ```
/// let mut stream = Vec::new();
/// ipc_pipe::frame("xixi", &mut stream)?;
/// assert_eq!(stream, b"\x05\0\0\0\x04xixi");
/// # Ok::<(), ipc_pipe::EncodeError>(())
/// ```
pub fn frame<T: Serialize + ?Sized>(
    value: &T,
    buffer: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    begin_frame(value, buffer, usize::MAX).map(drop)
}

/// Appends to `buffer` the frame of a value, up to the first slice of at least `long`
/// bytes; gives the length of the whole frame.
///
/// # Errors
/// As [`encode`].
pub(crate) fn begin_frame<T: Serialize + ?Sized>(
    value: &T,
    buffer: &mut Vec<u8>,
    long: usize,
) -> Result<usize, EncodeError> {
    let start = buffer.len();
    buffer.extend_from_slice(&[0; HEAD]);
    let length = write(value, buffer, long).inspect_err(|_| buffer.truncate(start))?;
    buffer[start..start + HEAD].copy_from_slice(&head_of(length));
    Ok(HEAD + length)
}

/// Reads a value from the bytes that [`encode`] has made of it.
///
/// # Errors
/// If they are not the encoding of a value of this type, and nothing else.
///
/// ```
/// use ipc_pipe::{DecodeError, decode};
///
/// assert_eq!(decode::<String>(b"\x04xixi")?, "xixi");
/// assert_eq!(decode::<String>(b"\x04xi"), Err(DecodeError::TooShort));
/// assert_eq!(decode::<String>(b"\x04xixi!"), Err(DecodeError::TooLong));
/// # Ok::<(), DecodeError>(())
/// ```
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    let reader = Reader { rest: bytes, stack: Stack::begin() };
    let mut deserializer = Deserializer::from_flavor(reader);
    let value =
        T::deserialize(&mut deserializer).map_err(|error| of_decoding(&error))?;
    match deserializer.finalize().map_err(|error| of_decoding(&error))? {
        [] => Ok(value),
        _ => Err(DecodeError::TooLong),
    }
}

fn of_decoding(error: &postcard::Error) -> DecodeError {
    match error {
        postcard::Error::DeserializeUnexpectedEnd => DecodeError::TooShort,
        &TOO_DEEP => DecodeError::TooDeep,
        postcard::Error::SerdeDeCustom | postcard::Error::WontImplement => {
            DecodeError::Refused
        }
        _ => DecodeError::Malformed,
    }
}

/// Where the stack ended when a value was begun.
///
/// To read a value of a type that contains itself, its `Deserialize` calls itself, and
/// each level reads at least one byte. So the stack is measured with each byte.
#[derive(Clone, Copy)]
pub(crate) struct Stack(usize);

impl Stack {
    pub(crate) fn begin() -> Self {
        Self(end_of_stack())
    }

    #[inline]
    pub(crate) fn check(self) -> postcard::Result<()> {
        if self.0.abs_diff(end_of_stack()) > STACK { Err(TOO_DEEP) } else { Ok(()) }
    }
}

/// The address of a local variable.
#[inline]
fn end_of_stack() -> usize {
    let here = 0_u8;
    std::ptr::from_ref(&here).addr()
}

struct Writer<'a> {
    buffer: &'a mut Vec<u8>,
    /// How long the buffer may become.
    end: usize,
    /// A slice as long as this is counted, and so is all that follows.
    long: usize,
    /// How many bytes have been counted and not written.
    counted: usize,
    stack: Stack,
}

impl ser_flavors::Flavor for Writer<'_> {
    /// How long the buffer is, with what was counted.
    type Output = usize;

    fn try_extend(&mut self, data: &[u8]) -> postcard::Result<()> {
        self.stack.check()?;
        let length = self.buffer.len() + data.len();
        if self.counted + length > self.end {
            return Err(postcard::Error::SerializeBufferFull);
        }
        if self.counted > 0 || data.len() >= self.long {
            self.counted += data.len();
            return Ok(());
        }
        if length > self.buffer.capacity() {
            // A vector left to itself doubles, and would take up to twice the limit.
            let capacity =
                (2 * self.buffer.capacity()).clamp(length, self.end.max(length));
            self.buffer.reserve_exact(capacity - self.buffer.len());
        }
        self.buffer.extend_from_slice(data);
        Ok(())
    }

    fn try_push(&mut self, data: u8) -> postcard::Result<()> {
        if self.counted > 0 || self.buffer.len() == self.buffer.capacity() {
            return self.try_extend(&[data]);
        }
        self.stack.check()?;
        if self.buffer.len() == self.end {
            return Err(postcard::Error::SerializeBufferFull);
        }
        self.buffer.push(data);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<usize> {
        Ok(self.buffer.len() + self.counted)
    }
}

struct Reader<'a> {
    rest: &'a [u8],
    stack: Stack,
}

impl<'a> de_flavors::Flavor<'a> for Reader<'a> {
    type Remainder = &'a [u8];
    type Source = &'a [u8];

    #[inline]
    fn pop(&mut self) -> postcard::Result<u8> {
        self.stack.check()?;
        let (first, rest) =
            self.rest.split_first().ok_or(postcard::Error::DeserializeUnexpectedEnd)?;
        self.rest = rest;
        Ok(*first)
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }

    #[inline]
    fn try_take_n(&mut self, count: usize) -> postcard::Result<&'a [u8]> {
        let (taken, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or(postcard::Error::DeserializeUnexpectedEnd)?;
        self.rest = rest;
        Ok(taken)
    }

    fn finalize(self) -> postcard::Result<&'a [u8]> {
        Ok(self.rest)
    }
}

#[cfg(test)]
mod tests;
