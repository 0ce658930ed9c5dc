//! A client's side: its connection to the manager, and requests over it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::os::fd::OwnedFd;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use ipc_pipe::{Connection, RecvError, SendCause};
use shared::trace::{self, Span};

use crate::message::{Hold, Message, Reply, Request};
use crate::{Error, reception};

/// What it takes to reach a manager; the same in all processes that have inherited it.
#[derive(Debug)]
pub(crate) struct Client {
    door: OwnedFd,
    /// Tells managers apart within a process.
    key: u64,
    pub(crate) pid: u32,
}

/// A connection to the manager, and the buffers for what goes over it.
struct Session {
    /// The process that connected. A child inherits its parent's connection, and two
    /// processes that use one would receive each other's answers.
    owner: u32,
    connection: Connection<()>,
    question: Vec<u8>,
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
        SESSIONS.with_borrow_mut(|sessions| {
            if sessions
                .get(&self.key)
                .is_none_or(|session| session.owner != process::id())
            {
                sessions.insert(self.key, self.connect()?);
            }
            let Some(session) = sessions.get_mut(&self.key) else {
                unreachable!("it has just been put there")
            };
            match session.exchange(&Message { hold, request }) {
                Ok(()) => {}
                Err(Trouble::TooLong) => return Err(Error::TooLong),
                Err(Trouble::Connection(error)) => {
                    // The fate of the request is unknown; the next one connects anew.
                    sessions.remove(&self.key);
                    return Err(self.trouble(error));
                }
            }
            match postcard::from_bytes(&session.answer).map_err(Error::Decode)? {
                Reply::TooLong => Err(Error::TooLong),
                reply => read(&reply),
            }
        })
    }

    fn connect(&self) -> Result<Session, Error> {
        let socket =
            reception::enter(&self.door).map_err(|error| self.trouble(error))?;
        let connection = Connection::from(socket);
        Ok(Session {
            owner: process::id(),
            connection,
            question: Vec::new(),
            answer: Vec::new(),
        })
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

enum Trouble {
    TooLong,
    Connection(io::Error),
}

impl Session {
    /// Sends a question and waits for the answer.
    fn exchange(&mut self, message: &Message<'_>) -> Result<(), Trouble> {
        self.question.clear();
        self.question =
            postcard::to_extend(message, std::mem::take(&mut self.question))
                .map_err(|error| Trouble::Connection(io::Error::other(error)))?;
        self.connection.send_bytes(&self.question).map_err(|error| {
            match error.cause {
                SendCause::Encode(_) => Trouble::TooLong,
                SendCause::Os(error) => Trouble::Connection(error),
                _ => Trouble::Connection(io::ErrorKind::BrokenPipe.into()),
            }
        })?;
        self.connection.recv_bytes_into(&mut self.answer).map_err(|error| match error {
            RecvError::Os(error) => Trouble::Connection(error),
            _ => Trouble::Connection(io::ErrorKind::UnexpectedEof.into()),
        })
    }
}

/// The manager's lock, held between two requests. Dropped without
/// [`release`](Self::release), by a panic, it gives the lock back, and nothing has
/// changed.
pub(crate) struct LockGuard<'a>(Option<(&'a Client, Span)>);

impl<'a> LockGuard<'a> {
    /// Takes the lock, and asks for something under it.
    pub(crate) fn take<R>(
        client: &'a Client,
        request: Request<'_>,
        read: impl FnOnce(&Reply<'_>) -> Result<R, Error>,
    ) -> Result<(Self, R), Error> {
        let waits = trace::waiting("for the manager's lock");
        let mut value = None;
        client.ask(Hold::Take, request, |reply| {
            value = Some(read(reply));
            Ok(())
        })?;
        drop(waits);
        let held = Self(Some((client, trace::span("holds the manager's lock"))));
        // From here on the lock is given back, also if the value was not what was
        // expected.
        let Some(value) = value else { unreachable!("there was an answer") };
        Ok((held, value?))
    }

    /// Asks for a last thing, and gives the lock back.
    pub(crate) fn release(
        mut self,
        request: Request<'_>,
        read: impl FnOnce(&Reply<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let Some((client, held)) = self.0.take() else {
            unreachable!("only this gives it back before it is dropped")
        };
        // In a trace it ends before the next one can begin.
        drop(held);
        client.ask(Hold::Release, request, read)
    }
}

impl Drop for LockGuard<'_> {
    fn drop(&mut self) {
        if let Some((client, _held)) = self.0.take() {
            // If that fails the manager has gone, or the connection with the lock.
            let _ = client.ask(Hold::Release, Request::Nothing, |_| Ok(()));
        }
    }
}
