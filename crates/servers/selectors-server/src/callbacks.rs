use std::io;

use socket_server::Service;

use crate::activity;
use crate::backend::Backend;
use crate::owed::{Owed, receive};
use crate::server::{Server, Source, Standing};
use crate::{Error, Events, Id, Key};

/// N3.10: serves on this thread, with a function for each file that is watched, called
/// when the file is ready.
///
/// What has been received is answered at once, and only what the client does not take
/// is kept.
///
/// Returns when the service is stopped.
///
/// # Errors
/// [`Error`] if the selector or the listener itself fails. What befalls a connection is
/// reported as an [`Event`](socket_server::Event).
pub fn callbacks<B: Backend>(service: &Service) -> Result<(), Error> {
    let task = |callback| Task { callback, owed: Owed::default(), ended: false };
    let mut server: Server<'_, Task<B>, B> =
        Server::new(service, task(accept), task(stop))?;
    while let Some(ready) = server.select()? {
        for (id, events) in ready {
            // A callback may have closed what comes later in the same round.
            if let Some(key) = server.selector.get(id) {
                (key.data().callback)(&mut server, id, events)?;
            }
        }
    }
    Ok(())
}

/// What is kept with each file: in the note, the callback alone.
struct Task<B: Backend> {
    callback: Callback<B>,
    /// What the client is owed.
    owed: Owed,
    /// Whether the client has ended its sending side.
    ended: bool,
}

/// In Python a callback finds the selector as a global variable. Here it is handed the
/// server that calls it.
type Callback<B> = fn(&mut Server<'_, Task<B>, B>, Id, Events) -> Result<(), Error>;

fn accept<B: Backend>(
    server: &mut Server<'_, Task<B>, B>,
    id: Id,
    _events: Events,
) -> Result<(), Error> {
    let _accepting = activity::turn("accepts");
    server.accept(id, |owed| Task { callback: read, owed, ended: false })
}

fn stop<B: Backend>(
    server: &mut Server<'_, Task<B>, B>,
    _id: Id,
    _events: Events,
) -> Result<(), Error> {
    server.begin_to_stop()
}

/// The note's callback only reads, for its `send` takes for granted that the client
/// takes everything at once. What it does not take waits here until the connection can
/// be written.
fn read<B: Backend>(
    server: &mut Server<'_, Task<B>, B>,
    id: Id,
    events: Events,
) -> Result<(), Error> {
    let _reading = activity::turn("reads");
    let standing = turn(server, id, events);
    server.settle(id, standing)
}

fn turn<B: Backend>(
    server: &mut Server<'_, Task<B>, B>,
    id: Id,
    events: Events,
) -> io::Result<Standing> {
    let (service, statistics) = (server.service, server.service.statistics());
    let Some((Source::Client(stream, _), task)) =
        server.selector.get_mut(id).map(Key::parts)
    else {
        return Err(io::Error::other("no client"));
    };
    server.answer.clear();
    if events.contains(Events::READ) {
        match receive(stream, &mut server.received)? {
            Some([]) => task.ended = true,
            Some(received) => {
                statistics.count_received(received.len());
                service.protocol().answer(received, &mut server.answer);
            }
            None => {}
        }
    }
    statistics.count_sent(task.owed.send(stream, &server.answer)?);
    Ok(Standing { debt: task.owed.len(), ended: task.ended })
}
