//! A client of a scene, which says what it does.

use std::fmt;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use shared::{say, trace};

/// How long a scene waits for an answer before it goes on without one.
pub const SOON: Duration = Duration::from_secs(3);

/// A client with a name, which prints what it sends and what it receives.
///
/// Unlike [`Client`](crate::kit::Client) it checks nothing: its caller claims something
/// about what was received.
#[derive(Debug)]
pub struct Visitor {
    name: String,
    stream: TcpStream,
}

#[expect(clippy::must_use_candidate, reason = "what is received is printed as well")]
impl Visitor {
    /// Connects.
    ///
    /// # Errors
    /// The kernel's error, if nothing listens there, say.
    pub fn connect(name: impl Into<String>, address: SocketAddr) -> io::Result<Self> {
        Ok(Self { name: name.into(), stream: TcpStream::connect(address)? })
    }

    /// Sends a message, without waiting for the answer.
    ///
    /// # Errors
    /// The kernel's error, if the connection is broken.
    pub fn send(&self, message: &[u8]) -> io::Result<()> {
        (&self.stream).write_all(message)
    }

    /// Receives once, and waits for `time` at most.
    pub fn receive(&self, time: Duration) -> Received {
        let received = receive(&self.stream, time);
        say!("{}: {received}", self.name);
        received
    }

    /// Receives until so many bytes have come, without printing them.
    ///
    /// # Errors
    /// If nothing comes for so long as [`SOON`], or the server ends the connection.
    pub fn receive_all(&self, count: usize) -> io::Result<Vec<u8>> {
        let mut received = vec![0; count];
        self.stream.set_read_timeout(Some(SOON))?;
        (&self.stream).read_exact(&mut received)?;
        Ok(received)
    }

    /// Sends a message, and receives once, [`SOON`].
    pub fn ask(&self, message: &str) -> Received {
        let answer = match self.send(message.as_bytes()) {
            Ok(()) => receive(&self.stream, SOON),
            Err(_broken) => Received::End,
        };
        say!("{}: {message} -> {answer}", self.name);
        answer
    }

    /// Ends its side of the connection, as the note's client does on `q`; whether the
    /// server then ends its side as well, [`SOON`].
    pub fn quit(&self) -> bool {
        let last = match self.stream.shutdown(Shutdown::Write) {
            Ok(()) => receive(&self.stream, SOON),
            Err(_broken) => Received::End,
        };
        say!("{}: q -> {last}", self.name);
        last == Received::End
    }
}

/// The result of one `recv` by a client that does not wait for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// These bytes, as text.
    Text(String),
    /// Nothing has come in time.
    Nothing,
    /// The server has ended the connection, or the connection has broken.
    End,
}

impl PartialEq<str> for Received {
    fn eq(&self, other: &str) -> bool {
        matches!(self, Self::Text(text) if text == other)
    }
}

impl PartialEq<&str> for Received {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

impl PartialEq<String> for Received {
    fn eq(&self, other: &String) -> bool {
        *self == **other
    }
}

impl fmt::Display for Received {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Text(text) => text,
            Self::Nothing => "nothing yet",
            Self::End => "the end",
        })
    }
}

/// Receives once, up to 1,024 bytes, and waits for `time` at most.
#[must_use]
pub fn receive(mut client: &TcpStream, time: Duration) -> Received {
    let _waiting = trace::waiting("for the answer");
    let mut buffer = [0; 1024];
    let received =
        client.set_read_timeout(Some(time)).and_then(|()| client.read(&mut buffer));
    match received {
        Ok(count @ 1..) => {
            Received::Text(String::from_utf8_lossy(&buffer[..count]).into_owned())
        }
        Err(error) if error.kind() == ErrorKind::WouldBlock => Received::Nothing,
        Ok(_) | Err(_) => Received::End,
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn bytes_silence_and_the_end_are_told_apart() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = Visitor::connect("x", server.local_addr().unwrap()).unwrap();
        let (mut connection, _) = server.accept().unwrap();
        assert_eq!(client.receive(Duration::from_millis(10)), Received::Nothing);
        connection.write_all(b"hello").unwrap();
        assert_eq!(client.receive(SOON), "hello");
        drop(connection);
        assert!(client.quit());
    }
}
