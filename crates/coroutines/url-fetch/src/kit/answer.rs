//! The answers to one connection's requests, byte by byte, since a library would refuse
//! to send most of the faults.

use std::io;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{sleep, timeout_at};

use super::counts::{Counts, Waiting};
use super::fault::Fault;

/// The most bytes of a request's head.
const HEAD: usize = 16 << 10;

/// The length that most faults announce.
const ANNOUNCED: usize = 1_000;

/// What is sent of a body at a time.
const PART: [u8; 16 << 10] = [b'.'; 16 << 10];

/// How long after the first request all those must have arrived that are to be answered
/// together.
const TOGETHER: Duration = Duration::from_secs(3);

/// A page that a request asks for: `/NAME?bytes=48860&after=200`.
#[derive(Debug, Default, PartialEq, Eq)]
struct Page {
    bytes: usize,
    after: Duration,
    /// So many requests are to wait at once before it is sent.
    together: usize,
    is_chunked: bool,
}

/// Answers the requests of a connection until the client closes it, or a fault does.
pub async fn serve(
    mut stream: TcpStream,
    counts: &watch::Sender<Counts>,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut received = Vec::new();
    while let Some((path, closes)) = next_request(&mut stream, &mut received).await? {
        let waiting = Waiting::count(counts);
        let name = path.trim_start_matches('/').split(['/', '?']).next();
        match name.and_then(Fault::named) {
            Some(fault) => {
                drop(waiting);
                return misbehave(&mut stream, fault, &path).await;
            }
            None => match Page::parse(&path) {
                Some(page) => {
                    tokio::select! {
                        () = page.wait(counts) => drop(waiting),
                        () = end(&stream) => {
                            waiting.gone();
                            return Ok(());
                        }
                    }
                    page.send(&mut stream).await?;
                }
                None => return status(&mut stream, "404 Not Found").await,
            },
        }
        if closes {
            break;
        }
    }
    Ok(())
}

/// The path of the next request, and whether it is the last one; nothing when the
/// client has closed the connection.
async fn next_request(
    stream: &mut TcpStream,
    received: &mut Vec<u8>,
) -> io::Result<Option<(String, bool)>> {
    loop {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut request = httparse::Request::new(&mut headers);
        let parsed = request.parse(received).map_err(io::Error::other)?;
        if let httparse::Status::Complete(length) = parsed {
            let path = request.path.unwrap_or("/").to_owned();
            let closes = request.headers.iter().any(|header| {
                header.name.eq_ignore_ascii_case("connection")
                    && header.value.eq_ignore_ascii_case(b"close")
            });
            received.drain(..length);
            return Ok(Some((path, closes)));
        }
        if received.len() >= HEAD {
            return Err(io::Error::other("the head of the request is too long"));
        }
        if stream.read_buf(received).await? == 0 {
            return Ok(None);
        }
    }
}

/// Waits until the client has closed or reset the connection.
async fn end(stream: &TcpStream) {
    match stream.peek(&mut [0]).await {
        Ok(0) | Err(_) => {}
        // A next request is there already, and hides the end.
        Ok(_) => std::future::pending().await,
    }
}

impl Page {
    /// Nothing if the path is not one of a page.
    fn parse(path: &str) -> Option<Self> {
        let mut page = Self::default();
        let (_name, query) = path.split_once('?')?;
        for setting in query.split('&') {
            match setting.split_once('=')? {
                ("bytes", bytes) => page.bytes = bytes.parse().ok()?,
                ("after", ms) => page.after = Duration::from_millis(ms.parse().ok()?),
                ("together", count) => page.together = count.parse().ok()?,
                ("chunked", "") => page.is_chunked = true,
                _ => return None,
            }
        }
        Some(page)
    }

    /// Waits until it is to be sent. A request that waits alone does not wait for ever
    /// for the others.
    async fn wait(&self, counts: &watch::Sender<Counts>) {
        sleep(self.after).await;
        let mut seen = counts.subscribe();
        let first = seen.borrow().first.unwrap_or_else(Instant::now);
        let all = seen.wait_for(|counts| counts.most_at_once >= self.together);
        let _too_late = timeout_at((first + TOGETHER).into(), all).await;
    }

    async fn send(&self, stream: &mut TcpStream) -> io::Result<()> {
        if !self.is_chunked {
            head(stream, &format!("Content-Length: {}", self.bytes)).await?;
            return body(stream, self.bytes).await;
        }
        head(stream, "Transfer-Encoding: chunked").await?;
        let mut left = self.bytes;
        while left > 0 {
            let part = left.min(PART.len());
            stream.write_all(format!("{part:x}\r\n").as_bytes()).await?;
            stream.write_all(&PART[..part]).await?;
            stream.write_all(b"\r\n").await?;
            left -= part;
        }
        stream.write_all(b"0\r\n\r\n").await
    }
}

async fn head(stream: &mut TcpStream, header: &str) -> io::Result<()> {
    stream.write_all(format!("HTTP/1.1 200 OK\r\n{header}\r\n\r\n").as_bytes()).await
}

/// Answers without a body, and announces that this is the last answer: a connection
/// that is closed otherwise may be in use again.
async fn status(stream: &mut TcpStream, status: &str) -> io::Result<()> {
    let close = "Content-Length: 0\r\nConnection: close";
    let head = format!("HTTP/1.1 {status}\r\n{close}\r\n\r\n");
    stream.write_all(head.as_bytes()).await
}

async fn body(stream: &mut TcpStream, mut left: usize) -> io::Result<()> {
    while left > 0 {
        let part = left.min(PART.len());
        stream.write_all(&PART[..part]).await?;
        left -= part;
    }
    Ok(())
}

/// Shows a fault. The connection is closed afterwards.
async fn misbehave(stream: &mut TcpStream, fault: Fault, path: &str) -> io::Result<()> {
    let half = format!("Content-Length: {ANNOUNCED}");
    match fault {
        // Those two have ports of their own; see `Server::fault`.
        Fault::Refuses | Fault::Unanswered | Fault::Closes => {}
        Fault::Garbage => stream.write_all(b"no status line\r\n\r\n").await?,
        Fault::NotFound => status(stream, "404 Not Found").await?,
        Fault::ServerError => status(stream, "500 Internal Server Error").await?,
        Fault::Redirects => {
            let count = path.rsplit_once('/').and_then(|(_, count)| count.parse().ok());
            let next = count.unwrap_or(0_u64) + 1;
            let to = format!("302 Found\r\nLocation: /{fault}/{next}");
            status(stream, &to).await?;
        }
        Fault::Resets => {
            head(stream, &half).await?;
            body(stream, ANNOUNCED / 2).await?;
            // With this, closing it resets it.
            stream.set_zero_linger()?;
            return Ok(());
        }
        Fault::Short => {
            head(stream, &half).await?;
            body(stream, ANNOUNCED / 2).await?;
        }
        Fault::Long => {
            // In one part, so that the end and the rest arrive together.
            let rest = ".".repeat(2 * ANNOUNCED);
            let answer = format!("HTTP/1.1 200 OK\r\n{half}\r\n\r\n{rest}");
            stream.write_all(answer.as_bytes()).await?;
        }
        Fault::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
            loop {
                stream.write_all(&PART).await?;
            }
        }
        Fault::TooLarge => {
            head(stream, &format!("Content-Length: {}", 1_u64 << 40)).await?;
            loop {
                stream.write_all(&PART).await?;
            }
        }
        Fault::Drips => {
            head(stream, &half).await?;
            for _ in 0..ANNOUNCED {
                stream.write_all(b".").await?;
                sleep(Duration::from_millis(100)).await;
            }
        }
        Fault::Stalls => {
            head(stream, &half).await?;
            body(stream, ANNOUNCED / 2).await?;
            end(stream).await;
        }
    }
    // Closing it with a request unread would reset it.
    stream.shutdown().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_parsed_from_its_path() {
        let page = |bytes, ms, is_chunked| Page {
            bytes,
            after: Duration::from_millis(ms),
            together: 0,
            is_chunked,
        };
        assert_eq!(Page::parse("/a?bytes=7&after=30"), Some(page(7, 30, false)));
        assert_eq!(Page::parse("/a?bytes=7&chunked="), Some(page(7, 0, true)));
        for bad in
            ["/", "/a", "/a?", "/a?bytes", "/a?bytes=-1", "/a?size=7", "/a?together="]
        {
            assert_eq!(Page::parse(bad), None, "{bad}");
        }
    }
}
