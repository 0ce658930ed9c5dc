//! A client's side: its connection to the manager, and requests over it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU64, Ordering};

use ipc_pipe::{Connection, DecodeError, RecvError, SendCause, encode};
use processes::ProcessToken;
use shared::trace::{self, Span};

use crate::message::{Hold, Message, Reply, Request};
use crate::{Error, reception};

/// The way to a manager; the same in all processes that have inherited it.
#[derive(Debug)]
pub(crate) struct Client {
    door: OwnedFd,
    /// Tells managers apart within a process.
    key: u64,
    pub(crate) pid: u32,
}

/// A connection to the manager, and the buffer for what comes over it.
struct Session {
    /// The process that connected. In a child the connection is closed.
    owner: ProcessToken,
    connection: Connection<()>,
    answer: Vec<u8>,
}

thread_local! {
    /// A session for each manager and thread: the manager knows the holder of its lock
    /// by the connection.
    static SESSIONS: RefCell<HashMap<u64, Session>> = RefCell::default();
}

impl Client {
    pub(crate) fn new(door: OwnedFd, pid: u32) -> Self {
        static KEYS: AtomicU64 = AtomicU64::new(0);
        Self { door, key: KEYS.fetch_add(1, Ordering::Relaxed), pid }
    }

    /// Asks for something, and gives what `read` makes of the answer.
    pub(crate) fn ask<R>(
        &self,
        hold: Hold,
        request: Request<'_>,
        read: impl FnOnce(&Reply<'_>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        self.exchange(&question(hold, request)?, |reply| answered(reply, read))?
    }

    /// Sends a question, and gives what `read` makes of the answer. After an error the
    /// connection is closed.
    ///
    /// `read` may ask for something itself.
    fn exchange<R>(
        &self,
        question: &[u8],
        read: impl FnOnce(&Reply<'_>) -> R,
    ) -> Result<R, Error> {
        let mut session = match sessions(|sessions| sessions.remove(&self.key))? {
            Some(session) if session.owner == ProcessToken::current() => session,
            _ => self.connect()?,
        };
        // If this fails the fate of the request is unknown; the next one connects anew.
        session.talk(question).map_err(|error| self.trouble(error))?;
        let answer = std::mem::take(&mut session.answer);
        let reply = postcard::from_bytes(&answer)
            .map_err(|_| Error::Decode(DecodeError::Malformed))?;
        if let Reply::Busy = reply {
            return Err(Error::Busy { pid: self.pid });
        }
        sessions(|sessions| sessions.insert(self.key, session))?;
        let read = read(&reply);
        sessions(|sessions| {
            if let Some(session) = sessions.get_mut(&self.key) {
                session.answer = answer;
            }
        })?;
        Ok(read)
    }

    fn connect(&self) -> Result<Session, Error> {
        let socket =
            reception::enter(&self.door).map_err(|error| self.trouble(error))?;
        let connection = Connection::from(socket);
        Ok(Session { owner: ProcessToken::current(), connection, answer: Vec::new() })
    }

    /// A connection breaks when the manager is dead, and for hardly any other reason.
    fn trouble(&self, error: io::Error) -> Error {
        match error.kind() {
            io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::UnexpectedEof => Error::Gone { pid: self.pid },
            _ => Error::Connection(error),
        }
    }
}

fn sessions<R>(
    change: impl FnOnce(&mut HashMap<u64, Session>) -> R,
) -> Result<R, Error> {
    SESSIONS
        .try_with(|sessions| change(&mut sessions.borrow_mut()))
        .map_err(|_| Error::Connection(io::Error::other("the thread is at its end")))
}

/// A request as it is sent, if it is not too long for that.
fn question(hold: Hold, request: Request<'_>) -> Result<Vec<u8>, Error> {
    let mut question = Vec::new();
    encode(&Message { hold, request }, &mut question)?;
    Ok(question)
}

/// Reads an answer that there was room for.
fn answered<R>(
    reply: &Reply<'_>,
    read: impl FnOnce(&Reply<'_>) -> Result<R, Error>,
) -> Result<R, Error> {
    if let Reply::TooLong = reply { Err(Error::TooLong) } else { read(reply) }
}

impl Session {
    /// Sends a question and waits for the answer.
    fn talk(&mut self, question: &[u8]) -> io::Result<()> {
        match self.connection.send_bytes(question).map_err(|error| error.cause) {
            // A manager that is busy answers before it is asked, and closes the
            // connection.
            Ok(()) | Err(SendCause::Disconnected) => {}
            Err(SendCause::Os(error)) => return Err(error),
            Err(error) => return Err(io::Error::other(error)),
        }
        self.connection.recv_bytes_into(&mut self.answer).map_err(|error| match error {
            RecvError::Os(error) => error,
            _ => io::ErrorKind::UnexpectedEof.into(),
        })
    }
}

/// The manager's lock, held between two requests. Dropped without
/// [`release`](Self::release), by an error or a panic, it gives the lock back, and
/// nothing has changed.
pub(crate) struct LockGuard<'a>(Option<(&'a Client, Span)>);

impl<'a> LockGuard<'a> {
    /// Takes the lock, and asks for something under it.
    pub(crate) fn take<R>(
        client: &'a Client,
        request: Request<'_>,
        read: impl FnOnce(&Reply<'_>) -> Result<R, Error>,
    ) -> Result<(Self, R), Error> {
        let question = question(Hold::Take, request)?;
        let waits = trace::waiting("for the manager's lock");
        client.exchange(&question, |reply| {
            drop(waits);
            // From here on the lock is given back, also if the value is not what was
            // expected, or its type panics.
            let span = trace::span("holds the manager's lock");
            let held = Self(Some((client, span)));
            Ok((held, answered(reply, read)?))
        })?
    }

    /// Asks for a last thing, and gives the lock back. If the request is too long to be
    /// sent, the lock is given back without it.
    pub(crate) fn release(
        mut self,
        request: Request<'_>,
        read: impl FnOnce(&Reply<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let question = question(Hold::Release, request)?;
        let Some((client, span)) = self.0.take() else {
            unreachable!("only this gives it back before it is dropped")
        };
        // In a trace it ends before the next one can begin.
        drop(span);
        client.exchange(&question, |reply| answered(reply, read))?
    }
}

impl Drop for LockGuard<'_> {
    fn drop(&mut self) {
        if let Some((client, _span)) = self.0.take() {
            // If that fails the manager has gone, or the connection with the lock.
            let _ = client.ask(Hold::Release, Request::Nothing, |_| Ok(()));
        }
    }
}
