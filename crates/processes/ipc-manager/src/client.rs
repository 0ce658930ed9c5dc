//! A client's side: a line to the manager, and requests over it.

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

/// A line, and the room for what goes over it.
struct Line {
    /// The process that has the line. A child inherits its parent's, and two that speak
    /// through one would hear each other's answers.
    owner: u32,
    connection: Connection<()>,
    question: Vec<u8>,
    answer: Vec<u8>,
}

thread_local! {
    /// A line for each manager and thread: the manager knows who holds its lock by the
    /// line.
    static LINES: RefCell<HashMap<u64, Line>> = RefCell::default();
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
        LINES.with_borrow_mut(|lines| {
            if lines.get(&self.key).is_none_or(|line| line.owner != process::id()) {
                lines.insert(self.key, self.line()?);
            }
            let Some(line) = lines.get_mut(&self.key) else {
                unreachable!("it has just been put there")
            };
            match line.talk(&Message { hold, request }) {
                Ok(()) => {}
                Err(Trouble::TooLong) => return Err(Error::TooLong),
                Err(Trouble::Line(error)) => {
                    // Nobody knows what has become of the request; a new line begins
                    // with an open mind.
                    lines.remove(&self.key);
                    return Err(self.trouble(error));
                }
            }
            match postcard::from_bytes(&line.answer).map_err(Error::Decode)? {
                Reply::TooLong => Err(Error::TooLong),
                reply => read(&reply),
            }
        })
    }

    fn line(&self) -> Result<Line, Error> {
        let line = reception::enter(&self.door).map_err(|error| self.trouble(error))?;
        let connection = Connection::from(line);
        Ok(Line {
            owner: process::id(),
            connection,
            question: Vec::new(),
            answer: Vec::new(),
        })
    }

    /// A line breaks when the manager is dead, and for hardly any other reason.
    fn trouble(&self, error: io::Error) -> Error {
        match error.kind() {
            io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::UnexpectedEof => Error::Gone { pid: self.pid },
            _ => Error::Line(error),
        }
    }
}

enum Trouble {
    TooLong,
    Line(io::Error),
}

impl Line {
    /// Sends a question and waits for the answer.
    fn talk(&mut self, message: &Message<'_>) -> Result<(), Trouble> {
        self.question.clear();
        self.question =
            postcard::to_extend(message, std::mem::take(&mut self.question))
                .map_err(|error| Trouble::Line(io::Error::other(error)))?;
        self.connection.send_bytes(&self.question).map_err(|error| {
            match error.cause {
                SendCause::Encode(_) => Trouble::TooLong,
                SendCause::Os(error) => Trouble::Line(error),
                _ => Trouble::Line(io::ErrorKind::BrokenPipe.into()),
            }
        })?;
        self.connection.recv_bytes_into(&mut self.answer).map_err(|error| match error {
            RecvError::Os(error) => Trouble::Line(error),
            _ => Trouble::Line(io::ErrorKind::UnexpectedEof.into()),
        })
    }
}

/// The manager's lock, held between two requests. Dropped without
/// [`release`](Self::release), by a panic, it gives the lock back, and nothing has
/// changed.
pub(crate) struct Held<'a>(Option<(&'a Client, Span)>);

impl<'a> Held<'a> {
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

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if let Some((client, _held)) = self.0.take() {
            // If that fails the manager has gone, or the line with the lock.
            let _ = client.ask(Hold::Release, Request::Nothing, |_| Ok(()));
        }
    }
}
