//! A client that checks every answer.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use shared::trace;
use socket2::SockRef;

use crate::kit::{Answer, Wrong};
use crate::{Error, Protocol};

/// How long a client waits for an answer before it says that there is none.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A client that knows what it must be answered, and checks every byte.
#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
    server: SocketAddr,
    protocol: Protocol,
    patience: Duration,
}

impl Client {
    /// Connects, and does not wait for a greeting: the server may be busy with another
    /// client.
    ///
    /// # Errors
    /// [`Error::NothingListens`], [`Error::Connect`].
    pub fn connect_only(
        address: impl ToSocketAddrs,
        protocol: Protocol,
    ) -> Result<Self, Error> {
        let found = address.to_socket_addrs().map(Iterator::collect::<Vec<_>>);
        let name = |found: &[SocketAddr]| {
            found.first().map_or("no address".to_owned(), ToString::to_string)
        };
        let found = found.map_err(|source| Error::Connect {
            address: "the host".to_owned(),
            source,
        })?;
        let connected =
            TcpStream::connect(&found[..]).map_err(|source| match source.kind() {
                ErrorKind::ConnectionRefused => {
                    Error::NothingListens { address: name(&found) }
                }
                _ => Error::Connect { address: name(&found), source },
            })?;
        let server = connected
            .peer_addr()
            .map_err(Error::os("read the address of the server"))?;
        connected.set_nodelay(true).map_err(Error::os("send without delay"))?;
        connected
            .set_read_timeout(Some(PATIENCE))
            .map_err(Error::os("set a timeout"))?;
        connected
            .set_write_timeout(Some(PATIENCE))
            .map_err(Error::os("set a timeout"))?;
        Ok(Self { stream: connected, server, protocol, patience: PATIENCE })
    }

    /// Waits for an answer for `patience` at most, instead of [`PATIENCE`].
    ///
    /// # Errors
    /// [`Error::Os`] if it is zero.
    pub fn with_patience(mut self, patience: Duration) -> Result<Self, Error> {
        self.stream
            .set_read_timeout(Some(patience))
            .map_err(Error::os("set a timeout"))?;
        self.patience = patience;
        Ok(self)
    }

    /// Connects, and takes the greeting, if the protocol has one.
    ///
    /// # Errors
    /// As [`Client::connect_only`] and [`Client::receive`].
    pub fn connect(
        address: impl ToSocketAddrs,
        protocol: Protocol,
    ) -> Result<Self, Error> {
        let mut client = Self::connect_only(address, protocol)?;
        client.finish(protocol.expect_greeting(), |_| ())?;
        Ok(client)
    }

    /// The client's own address, by which the server's events name it.
    ///
    /// # Errors
    /// [`Error::Os`] if the socket has none, which a connected one has.
    pub fn address(&self) -> Result<SocketAddr, Error> {
        self.stream.local_addr().map_err(Error::os("read the client's address"))
    }

    /// The server's address.
    #[must_use]
    pub fn server(&self) -> SocketAddr {
        self.server
    }

    /// The connection, for what the methods here do not do.
    #[must_use]
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// The connection, to be used otherwise.
    pub(crate) fn into_stream(self) -> TcpStream {
        self.stream
    }

    /// Sends a message, and takes the whole answer.
    ///
    /// # Errors
    /// As [`Client::send`] and [`Client::receive`].
    pub fn ask(&mut self, message: &str) -> Result<String, Error> {
        self.send(message.as_bytes())?;
        let answer = self.receive(message.as_bytes())?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    /// Sends a message.
    ///
    /// # Errors
    /// [`Error::Os`] if the server has gone, or takes nothing for [`PATIENCE`].
    pub fn send(&mut self, message: &[u8]) -> Result<(), Error> {
        self.stream.write_all(message).map_err(Error::os("send to the server"))
    }

    /// Takes the whole answer to a message that was sent, and checks it.
    ///
    /// # Errors
    /// [`Error::WrongAnswer`], [`Error::NoAnswer`], [`Error::Closed`], or [`Error::Os`]
    /// if the connection breaks.
    pub fn receive(&mut self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let mut whole = Vec::new();
        self.finish(self.protocol.expect(message), |part| {
            whole.extend_from_slice(part);
        })?;
        Ok(whole)
    }

    /// The same, for an answer that is too long to be kept.
    ///
    /// # Errors
    /// As [`Client::receive`].
    pub fn check(&mut self, message: &[u8]) -> Result<(), Error> {
        self.finish(self.protocol.expect(message), |_| ())
    }

    fn finish(
        &mut self,
        mut answer: Answer,
        mut keep: impl FnMut(&[u8]),
    ) -> Result<(), Error> {
        let _waiting = (!answer.is_whole()).then(|| trace::waiting("for the answer"));
        let mut buffer = vec![0; 64 * 1024];
        while !answer.is_whole() {
            let count = match self.stream.read(&mut buffer) {
                Ok(0) => return Err(Error::Closed { server: self.server }),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    return Err(Error::NoAnswer {
                        server: self.server,
                        waited: self.patience,
                    });
                }
                Err(error) => return Err(Error::os("receive from the server")(error)),
            };
            let wrong = |wrong: Wrong| Error::WrongAnswer {
                server: self.server,
                answer: wrong.0,
            };
            answer.take(&buffer[..count]).map_err(wrong)?;
            keep(&buffer[..count]);
        }
        Ok(())
    }

    /// Says that nothing more will be sent; answers can still be received.
    ///
    /// # Errors
    /// [`Error::Os`] if the connection has broken.
    pub fn finish_sending(&mut self) -> Result<(), Error> {
        self.stream.shutdown(Shutdown::Write).map_err(Error::os("end the sending side"))
    }

    /// Waits for the server to close its side, and requires that nothing more comes
    /// before.
    ///
    /// # Errors
    /// [`Error::WrongAnswer`] if something comes, [`Error::NoAnswer`] if nothing
    /// happens, [`Error::Os`].
    pub fn wait_for_end(&mut self) -> Result<(), Error> {
        let mut rest = [0; 1024];
        match self.stream.read(&mut rest) {
            Ok(0) => Ok(()),
            Ok(count) => Err(Error::WrongAnswer {
                server: self.server,
                answer: rest[..count].to_vec(),
            }),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                Err(Error::NoAnswer { server: self.server, waited: self.patience })
            }
            Err(error) => Err(Error::os("receive from the server")(error)),
        }
    }

    /// Breaks the connection off by a reset instead of ending it, as the kernel does
    /// for a client that is killed while an answer to it lies unread.
    ///
    /// # Errors
    /// [`Error::Os`] if the socket does not allow it.
    pub fn reset(self) -> Result<(), Error> {
        // Closing with a linger time of zero discards what is unsent and sends RST
        // instead of FIN, see tcp(7).
        SockRef::from(&self.stream)
            .set_linger(Some(Duration::ZERO))
            .map_err(Error::os("make the close a reset"))
    }
}
