//! Frames: messages in a stream, which carries bytes and knows nothing of messages.
//!
//! A frame is the length of a message, four bytes, the lowest first, and then the
//! message.

/// The longest message, in bytes once it is encoded: 16 MiB.
pub const LIMIT: usize = 16 << 20;

/// The length of a length.
pub(crate) const HEAD: usize = 4;

/// The longest first piece of a frame. The socket keeps pieces apart, and what a
/// receiver has no room for is lost; so an [`Inbox`] has room for whatever may come
/// next, and no piece is of two frames.
const FIRST: usize = 64 << 10;

/// The longest piece that follows: more at once, since its receiver knows by
/// then how long the message is. A socket with a small buffer gets shorter ones.
pub(crate) const NEXT: usize = 256 << 10;

/// How much of a frame is sent at once, at most, once so much of it has been sent. A
/// receiver counts on it.
#[must_use]
pub fn piece(sent: usize) -> usize {
    if sent == 0 { FIRST } else { NEXT }
}

/// The bytes of a frame tell of a message longer than [`LIMIT`]: these are no frames,
/// or not ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a message of {length} bytes is announced, and {LIMIT} is the limit")]
pub struct TooLong {
    /// The length that was announced.
    pub length: usize,
}

/// The head of a frame of so many bytes, which are at most [`LIMIT`].
pub(crate) fn head_of(length: usize) -> [u8; HEAD] {
    (length as u32).to_le_bytes()
}

/// What has come in of a stream: bytes at one end, in whatever pieces; whole messages
/// at the other.
///
/// It reads nothing by itself, so that a reader may wait in whatever way it likes:
///
/// ```
/// let mut inbox = ipc_pipe::Inbox::default();
/// for byte in b"\x04\0\0\0xixi" {
///     assert_eq!(inbox.next(), Ok(None));
///     inbox.room()[0] = *byte;
///     inbox.came(1);
/// }
/// assert_eq!(inbox.next(), Ok(Some(4)));
/// assert_eq!(inbox.take(4), b"xixi");
/// assert!(inbox.is_empty());
/// ```
///
/// Its memory grows with what comes, not with what is announced: a length that is a lie
/// costs nothing. It keeps room for the longest message that it has had, and takes
/// twice [`LIMIT`] at most.
#[derive(Debug, Default)]
pub struct Inbox {
    buffer: Vec<u8>,
    /// Of the buffer, this much has been taken out,
    start: usize,
    /// and this much has come in.
    end: usize,
}

impl Inbox {
    /// What it takes at most.
    const FULL: usize = 2 * (HEAD + LIMIT) + NEXT;

    /// The length of the next message, once all of it is there.
    ///
    /// # Errors
    /// If it is announced as longer than [`LIMIT`]. All later calls fail too, since it
    /// is unknown where the next message begins.
    pub fn next(&self) -> Result<Option<usize>, TooLong> {
        let length = self.announced()?;
        Ok(length.filter(|length| self.end - self.start >= HEAD + length))
    }

    /// Takes out the next message, whose length is that which [`next`](Self::next) has
    /// given.
    ///
    /// # Panics
    /// If that message is not there.
    pub fn take(&mut self, length: usize) -> &[u8] {
        let body = self.start + HEAD;
        assert!(
            body + length <= self.end,
            "a message of {length} bytes is not there yet"
        );
        self.start = body + length;
        &self.buffer[body..body + length]
    }

    /// Takes out what there is of a message that has begun, and gives it with the
    /// length that it will have; `None` if none has, or it is there already. The rest
    /// is then the caller's to read, past this inbox.
    pub fn take_part(&mut self) -> Option<(&[u8], usize)> {
        let lacks = self.lacks()?;
        let part = self.start + HEAD..self.end;
        (self.start, self.end) = (0, 0);
        let length = part.len() + lacks;
        Some((&self.buffer[part], length))
    }

    /// Room for what comes next: for as much as is sent at once, or as the message
    /// lacks that has begun. There is less only if twice [`LIMIT`] has come and not
    /// been taken out.
    pub fn room(&mut self) -> &mut [u8] {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
        // Where a message has begun, all of it should fit behind its beginning, or it
        // would have to move when there is more of it.
        let whole = self.end + self.lacks().unwrap_or(0).max(self.next_piece());
        if self.start > 0 && whole > self.buffer.len() {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        self.grow();
        &mut self.buffer[self.end..]
    }

    /// So many bytes have been put into the room.
    ///
    /// # Panics
    /// If there was no such room.
    pub fn came(&mut self, count: usize) {
        assert!(
            count <= self.buffer.len() - self.end,
            "{count} bytes came where there was no room"
        );
        self.end += count;
    }

    /// How many bytes the message lacks that has begun, if one has.
    #[must_use]
    pub fn lacks(&self) -> Option<usize> {
        let length = self.announced().ok()??;
        (HEAD + length).checked_sub(self.end - self.start).filter(|lacks| *lacks > 0)
    }

    /// Whether nothing is there, not even the beginning of a message.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Whether it takes nothing more until a message is taken out.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.end - self.start > Self::FULL - NEXT
    }

    /// The length of the next message, once so much of it is there that it is known.
    fn announced(&self) -> Result<Option<usize>, TooLong> {
        match self.buffer[self.start..self.end].first_chunk::<HEAD>() {
            None => Ok(None),
            Some(head) => match u32::from_le_bytes(*head) as usize {
                length if length > LIMIT => Err(TooLong { length }),
                length => Ok(Some(length)),
            },
        }
    }

    /// How long the next piece may be.
    fn next_piece(&self) -> usize {
        match self.lacks() {
            Some(lacks) => lacks.min(NEXT),
            None if self.is_empty() => FIRST,
            // Behind a whole message another may have begun.
            None => NEXT,
        }
    }

    /// Makes more room if it must: twice as much, but for a message that has begun no
    /// more than it lacks.
    fn grow(&mut self) {
        let needed = (self.end + self.next_piece()).min(Self::FULL);
        if needed > self.buffer.len() {
            let twice = (2 * self.buffer.len()).clamp(needed, Self::FULL);
            let size = self
                .lacks()
                .map_or(twice, |lacks| twice.min(self.end + lacks))
                .max(FIRST);
            self.buffer.reserve_exact(size - self.buffer.len());
            self.buffer.resize(size, 0);
        }
    }
}

#[cfg(test)]
mod tests;
