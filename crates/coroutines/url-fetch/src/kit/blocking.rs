//! A client that blocks its thread, as the notes' `urlopen` does before it is patched.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// How long a read waits at most.
const PATIENCE: Duration = Duration::from_mins(5);

/// Fetches a page of a [`Server`](super::Server), and blocks the thread until it is
/// there.
///
/// # Errors
/// If the URL is not `http://HOST:PORT/PATH`, the connection fails, nothing arrives for
/// five minutes, or the answer has no head.
///
/// ```
/// use url_fetch::kit::{Server, get_blocking};
///
/// let server = Server::start()?;
/// assert_eq!(get_blocking(&server.page("python", 48_860, 0.0))?.len(), 48_860);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn get_blocking(url: &str) -> io::Result<Vec<u8>> {
    let parts = url.strip_prefix("http://").and_then(|rest| rest.split_once('/'));
    let Some((host, path)) = parts else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not an http URL"));
    };
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let head = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\n");
    stream.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let body = answer.windows(4).position(|four| four == b"\r\n\r\n");
    let begin = body.ok_or(io::ErrorKind::UnexpectedEof)? + 4;
    Ok(answer.split_off(begin))
}
