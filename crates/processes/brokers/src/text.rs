//! Memcached's text protocol, as far as a queue needs it.
//!
//! The source is `doc/protocol.txt` of Memcached.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};

use crate::broker::{MAX_ITEM, PATIENCE};

/// The longest line of an answer.
const MAX_LINE: u64 = 4096;

/// A connection that sends commands and reads answers.
#[derive(Debug)]
pub struct Text(BufReader<TcpStream>);

impl Text {
    /// # Errors
    /// If the host has no address, or none of them answers in time.
    pub fn connect(address: (&str, u16)) -> io::Result<Self> {
        let mut last = io::Error::other("the host has no address");
        for address in address.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, PATIENCE) {
                Ok(stream) => {
                    stream.set_read_timeout(Some(PATIENCE))?;
                    stream.set_write_timeout(Some(PATIENCE))?;
                    stream.set_nodelay(true)?;
                    return Ok(Self(BufReader::new(stream)));
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Sends a command of one line, and returns the first line of the answer.
    ///
    /// # Errors
    /// If the connection is lost.
    pub fn ask(&mut self, command: &str) -> io::Result<String> {
        self.0.get_mut().write_all(format!("{command}\r\n").as_bytes())?;
        self.line()
    }

    /// Sends a command that stores a value: `set` or `add`.
    ///
    /// # Errors
    /// If the connection is lost.
    pub fn store(
        &mut self,
        verb: &str,
        key: &str,
        seconds: u32,
        value: &[u8],
    ) -> io::Result<String> {
        let mut request =
            format!("{verb} {key} 0 {seconds} {}\r\n", value.len()).into_bytes();
        request.extend_from_slice(value);
        request.extend_from_slice(b"\r\n");
        self.0.get_mut().write_all(&request)?;
        self.line()
    }

    /// The value of a key, if there is one.
    ///
    /// # Errors
    /// If the connection is lost, or the answer is none of the protocol.
    pub fn value(&mut self, key: &str) -> io::Result<Option<Vec<u8>>> {
        let head = self.ask(&format!("get {key}"))?;
        if head == "END" {
            return Ok(None);
        }
        let length = head
            .strip_prefix("VALUE ")
            .and_then(|rest| rest.split(' ').nth(2)?.parse().ok())
            .filter(|&length: &usize| length <= 2 * MAX_ITEM)
            .ok_or_else(|| invalid(&head))?;
        let mut value = vec![0; length + 2];
        self.0.read_exact(&mut value)?;
        value.truncate(length);
        match self.line()?.as_str() {
            "END" => Ok(Some(value)),
            other => Err(invalid(other)),
        }
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        (&mut self.0).take(MAX_LINE).read_line(&mut line)?;
        match line.strip_suffix("\r\n") {
            Some(line) => Ok(line.to_owned()),
            None if line.is_empty() => Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "closed by the broker",
            )),
            None => Err(invalid(&line)),
        }
    }
}

fn invalid(line: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("unexpected answer {line:?}"))
}
