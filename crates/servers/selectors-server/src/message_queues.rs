//! A server with a queue of messages for each client.

use std::collections::VecDeque;
use std::io;
use std::net::TcpStream;

use socket_server::{RECEIVE, Server};

use crate::backend::Backend;
use crate::event_loop::{EventLoop, Source, Standing};
use crate::outbox::{Outbox, receive};
use crate::{Error, Events, Id, Key, LoopEvent, Round, ready_for};

/// N5.2: serves on this thread, with a queue of messages for each client: what is
/// received is put into it, and answered from it when the client can be written to.
///
/// The note keeps three collections of its own (inputs, outputs, messages) and asks
/// select for both lists each round; here the selector knows what each client is
/// watched for, and the queue is kept with the client. Two mistakes of the note are not
/// repeated: it answers the newest message first, and a client that leaves before it is
/// answered ends the server (`KeyError`, for its messages are gone while it is still
/// among the outputs).
///
/// Returns when the server is stopped.
///
/// # Errors
/// [`Error`] if the selector or the listener itself fails. What befalls a connection is
/// reported as an [`Event`](socket_server::Event), and `report` gets each
/// [`LoopEvent`].
pub fn message_queues<B: Backend>(
    server: &Server,
    report: impl Fn(&LoopEvent),
) -> Result<(), Error> {
    let mut event_loop: EventLoop<'_, Mailbox, B> =
        EventLoop::new(server, &report, Mailbox::default(), Mailbox::default())?;
    while let Some(ready) = event_loop.select()? {
        let (clients, outputs) = event_loop.counts();
        report(&LoopEvent::Round(Round {
            inputs: 1 + clients,
            readable: ready_for(&ready, Events::READ).count(),
            writable: ready_for(&ready, Events::WRITE).count(),
            outputs,
        }));
        for id in ready_for(&ready, Events::READ) {
            match event_loop.selector.get(id).map(Key::file) {
                Some(Source::Listener(_)) => event_loop.accept(id, Mailbox::greeted)?,
                Some(Source::Stop(_)) => event_loop.begin_to_stop()?,
                Some(Source::Client(..)) => turn(&mut event_loop, id, take_in)?,
                // It was closed earlier in this round.
                None => {}
            }
        }
        for id in ready_for(&ready, Events::WRITE) {
            turn(&mut event_loop, id, give_out)?;
        }
    }
    Ok(())
}

/// The messages of a client that are not yet answered.
#[derive(Debug, Default)]
struct Mailbox {
    messages: VecDeque<Vec<u8>>,
    /// How much memory they take together, so that many short ones count as well.
    cost: usize,
    /// The greeting or the answer that the client has not taken whole.
    outbox: Outbox,
    /// Whether the client has ended its sending side.
    ended: bool,
}

impl Mailbox {
    fn greeted(outbox: Outbox) -> Self {
        Self { outbox, ..Self::default() }
    }

    fn put(&mut self, message: Vec<u8>) {
        self.cost += cost(&message);
        self.messages.push_back(message);
    }

    fn take(&mut self) -> Option<Vec<u8>> {
        let message = self.messages.pop_front()?;
        self.cost -= cost(&message);
        Some(message)
    }
}

fn cost(message: &[u8]) -> usize {
    size_of::<Vec<u8>>() + message.len()
}

/// Lets a client have its turn.
fn turn<B: Backend>(
    event_loop: &mut EventLoop<'_, Mailbox, B>,
    id: Id,
    take: fn(&Server, &TcpStream, &mut Mailbox) -> io::Result<()>,
) -> Result<(), Error> {
    let Ok((Source::Client(stream, _), mailbox)) = event_loop.selector.parts(id) else {
        return Ok(());
    };
    let taken = take(event_loop.server, stream, mailbox);
    let standing =
        Standing { debt: mailbox.cost + mailbox.outbox.len(), ended: mailbox.ended };
    event_loop.settle(id, taken.map(|()| standing))
}

fn take_in(
    server: &Server,
    stream: &TcpStream,
    mailbox: &mut Mailbox,
) -> io::Result<()> {
    match receive(stream, &mut [0; RECEIVE])? {
        Some([]) => mailbox.ended = true,
        Some(message) => {
            server.statistics().count_received(message.len());
            mailbox.put(message.to_vec());
        }
        None => {}
    }
    Ok(())
}

/// Answers the oldest message, and goes on for as long as the client takes whole
/// answers.
fn give_out(
    server: &Server,
    stream: &TcpStream,
    mailbox: &mut Mailbox,
) -> io::Result<()> {
    let mut answer = Vec::new();
    loop {
        server.statistics().count_sent(mailbox.outbox.send(stream, &answer)?);
        if mailbox.outbox.len() > 0 {
            return Ok(());
        }
        let Some(message) = mailbox.take() else { return Ok(()) };
        answer.clear();
        server.protocol().answer(&message, &mut answer);
    }
}
