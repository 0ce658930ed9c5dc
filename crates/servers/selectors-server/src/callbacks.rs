//! A server with a callback for each file.

use std::io;

use socket_server::Server;

use crate::backend::Backend;
use crate::event_loop::{EventLoop, Source, Standing};
use crate::outbox::{Outbox, receive};
use crate::{Error, Events, Id, LoopEvent};

/// N3.10: serves on this thread, with a function for each file that is watched, called
/// when the file is ready.
///
/// What has been received is answered at once, and only what the client does not take
/// is kept.
///
/// Returns when the server is stopped.
///
/// # Errors
/// [`Error`] if the selector or the listener itself fails. What befalls a connection is
/// reported as an [`Event`](socket_server::Event), and `report` gets each
/// [`LoopEvent`].
pub fn callbacks<B: Backend>(
    server: &Server,
    report: impl Fn(&LoopEvent),
) -> Result<(), Error> {
    let task = |callback| Task { callback, outbox: Outbox::default(), ended: false };
    let mut event_loop: EventLoop<'_, Task<B>, B> =
        EventLoop::new(server, &report, task(accept), task(stop))?;
    while let Some(ready) = event_loop.select()? {
        for (id, events) in ready {
            // A callback may have closed what comes later in the same round.
            if let Some(key) = event_loop.selector.get(id) {
                (key.data().callback)(&mut event_loop, id, events)?;
            }
        }
    }
    Ok(())
}

/// What is kept with each file: in the note, the callback alone.
struct Task<B: Backend> {
    callback: Callback<B>,
    /// What the client is owed.
    outbox: Outbox,
    /// Whether the client has ended its sending side.
    ended: bool,
}

/// In Python a callback finds the selector as a global variable. Here it is handed the
/// server that calls it.
type Callback<B> = fn(&mut EventLoop<'_, Task<B>, B>, Id, Events) -> Result<(), Error>;

fn accept<B: Backend>(
    event_loop: &mut EventLoop<'_, Task<B>, B>,
    id: Id,
    _events: Events,
) -> Result<(), Error> {
    event_loop.accept(id, |outbox| Task { callback: read, outbox, ended: false })
}

fn stop<B: Backend>(
    event_loop: &mut EventLoop<'_, Task<B>, B>,
    _id: Id,
    _events: Events,
) -> Result<(), Error> {
    event_loop.begin_to_stop()
}

/// The note's callback only reads, for its `send` takes for granted that the client
/// takes everything at once. What it does not take waits here until the connection can
/// be written.
fn read<B: Backend>(
    event_loop: &mut EventLoop<'_, Task<B>, B>,
    id: Id,
    events: Events,
) -> Result<(), Error> {
    let standing = turn(event_loop, id, events);
    event_loop.settle(id, standing)
}

fn turn<B: Backend>(
    event_loop: &mut EventLoop<'_, Task<B>, B>,
    id: Id,
    events: Events,
) -> io::Result<Standing> {
    let (server, statistics) = (event_loop.server, event_loop.server.statistics());
    let Ok((Source::Client(stream, _), task)) = event_loop.selector.parts(id) else {
        return Err(io::Error::other("no client"));
    };
    event_loop.answer.clear();
    if events.contains(Events::READ) {
        match receive(stream, &mut event_loop.received)? {
            Some([]) => task.ended = true,
            Some(received) => {
                statistics.count_received(received.len());
                server.protocol().answer(received, &mut event_loop.answer);
            }
            None => {}
        }
    }
    statistics.count_sent(task.outbox.send(stream, &event_loop.answer)?);
    Ok(Standing { debt: task.outbox.len(), ended: task.ended })
}
