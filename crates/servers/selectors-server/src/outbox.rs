//! The bytes that a client is owed.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;

/// The bytes that a client is owed: answers that its connection has not yet taken.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    bytes: Vec<u8>,
    sent: usize,
}

impl Outbox {
    pub(crate) fn len(&self) -> usize {
        self.bytes.len() - self.sent
    }

    /// Sends what is owed, then `answer`; what the connection does not take is owed
    /// from now on. Gives how many bytes were sent.
    pub(crate) fn send(
        &mut self,
        stream: &TcpStream,
        answer: &[u8],
    ) -> io::Result<usize> {
        let before = self.len();
        if before > 0 {
            self.sent += send(stream, &self.bytes[self.sent..])?;
        }
        let mut sent = before - self.len();
        // A client that takes steadily, but always a little late, must not leave ever
        // more of what it has had behind.
        if self.sent > self.len() {
            self.bytes.drain(..self.sent);
            self.sent = 0;
        }
        if self.len() > 0 {
            self.bytes.extend_from_slice(answer);
        } else {
            // The usual case: nothing is owed, and the answer goes out without being
            // kept.
            let of_answer = send(stream, answer)?;
            sent += of_answer;
            // Room is given back, so that a connection that owes nothing costs nothing.
            *self = Self { bytes: answer[of_answer..].to_vec(), sent: 0 };
        }
        Ok(sent)
    }
}

/// Sends as much as the connection takes without waiting.
fn send(mut stream: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    let mut sent = 0;
    while sent < bytes.len() {
        match stream.write(&bytes[sent..]) {
            Ok(count) => sent += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => return Err(error),
        }
    }
    Ok(sent)
}

/// Receives what has come, once, so that a client that sends without a pause does not
/// keep the others waiting. None is nothing yet; no bytes are the end.
pub(crate) fn receive<'a>(
    mut stream: &TcpStream,
    buffer: &'a mut [u8],
) -> io::Result<Option<&'a [u8]>> {
    match stream.read(buffer) {
        Ok(count) => Ok(Some(&buffer[..count])),
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::WouldBlock | ErrorKind::Interrupted
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn memory_follows_the_debt_and_not_all_that_was_ever_sent() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (event_loop, _) = listener.accept().unwrap();
        event_loop.set_nonblocking(true).unwrap();

        let (mut outbox, answer) = (Outbox::default(), [7; 1024]);
        while outbox.len() == 0 {
            outbox.send(&event_loop, &answer).unwrap();
        }
        // From now on the client takes what the server answers, and the debt stays as
        // it is.
        let mut taken = [0; 1024];
        for _ in 0..4_000 {
            client.read_exact(&mut taken).unwrap();
            assert_eq!(taken, answer);
            outbox.send(&event_loop, &answer).unwrap();
        }
        // What the kernel takes and gives comes in large parts, so the debt swings, but
        // by far not to 4,000 answers.
        assert!(outbox.bytes.capacity() < 2_000 * 1024, "{}", outbox.bytes.capacity());
    }

    #[test]
    fn a_client_that_is_owed_nothing_needs_no_memory() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (event_loop, _) = listener.accept().unwrap();
        let mut outbox = Outbox::default();
        assert_eq!(outbox.send(&event_loop, b"answer").unwrap(), 6);
        assert_eq!((outbox.len(), outbox.bytes.capacity()), (0, 0));
    }
}
