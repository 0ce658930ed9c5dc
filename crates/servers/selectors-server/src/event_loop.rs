//! The event loop of both servers: it accepts, watches and closes connections.

use std::collections::HashMap;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use socket_server::{Accepted, Event, GRACE, RECEIVE, RETRY, Server, StopHandle};

use crate::backend::Backend;
use crate::outbox::Outbox;
use crate::{Error, Events, Id, Key, LoopEvent, Selector};

/// So many bytes may a client be owed before nothing more is read from it.
pub const LIMIT: usize = 64 * 1024;

/// How many clients are accepted before those that are connected have their turn.
const ACCEPTS: usize = 64;

/// A server on one thread, whose connections are watched together. `T` is what a form
/// keeps with each file.
pub(crate) struct EventLoop<'a, T, B> {
    pub(crate) server: &'a Server,
    pub(crate) report: &'a dyn Fn(&LoopEvent),
    pub(crate) selector: Selector<Source<'a>, T, B>,
    /// What is received goes here, and is answered before the next is.
    pub(crate) received: [u8; RECEIVE],
    /// An answer is made here, so that not every one needs memory of its own.
    pub(crate) answer: Vec<u8>,
    /// What the listener's key held while the door is closed for want of descriptors,
    /// and when it is tried again.
    closed_door: Option<(T, Instant)>,
    /// When the clients are cut off that have not taken their answers, once the server
    /// stops.
    give_up: Option<Instant>,
    clients: usize,
    owing: usize,
    /// When each client has last sent or taken something, if the server has an idle
    /// timeout.
    active: HashMap<Id, Instant>,
    /// When the first of them may have been idle for too long.
    idle_check: Option<Instant>,
}

/// What a server watches.
pub(crate) enum Source<'a> {
    Listener(&'a TcpListener),
    Stop(&'a StopHandle),
    Client(TcpStream, SocketAddr),
}

/// How a client stands when its turn is over.
pub(crate) struct Standing {
    /// How many bytes it is owed.
    pub(crate) debt: usize,
    /// Whether it has ended its sending side.
    pub(crate) ended: bool,
}

impl<'a, T, B: Backend> EventLoop<'a, T, B> {
    /// Watches the door and the handle that stops the server, with what the form keeps
    /// with each.
    pub(crate) fn new(
        server: &'a Server,
        report: &'a dyn Fn(&LoopEvent),
        of_listener: T,
        of_stop: T,
    ) -> Result<Self, Error> {
        let mut selector = Selector::new()?;
        selector.register(
            Source::Listener(server.listener()),
            Events::READ,
            of_listener,
        )?;
        selector.register(Source::Stop(server.stop()), Events::READ, of_stop)?;
        Ok(Self {
            server,
            report,
            selector,
            received: [0; RECEIVE],
            answer: Vec::new(),
            closed_door: None,
            give_up: None,
            clients: 0,
            owing: 0,
            active: HashMap::new(),
            idle_check: None,
        })
    }

    /// How many clients are connected, and how many of them are owed something.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.clients, self.owing)
    }

    /// Waits for the next round; none when the server has stopped.
    pub(crate) fn select(&mut self) -> Result<Option<Vec<(Id, Events)>>, Error> {
        loop {
            if let Some((_, at)) = self.closed_door
                && at <= Instant::now()
            {
                self.open_door()?;
            }
            if let Some(give_up) = self.give_up
                && (self.clients == 0 || give_up <= Instant::now())
            {
                self.cut_all()?;
                return Ok(None);
            }
            if self.idle_check.is_some_and(|at| at <= Instant::now()) {
                self.disconnect_idle()?;
            }
            let ready = self.selector.select(self.patience())?;
            if !ready.is_empty() {
                return Ok(Some(ready));
            }
        }
    }

    /// How long to wait at most: until the door is to be tried again, the last clients
    /// are to be cut off, or a client may have been idle for too long.
    fn patience(&self) -> Option<Duration> {
        let door = self.closed_door.as_ref().map(|(_, at)| *at);
        let next = [door, self.give_up, self.idle_check].into_iter().flatten().min()?;
        Some(next.saturating_duration_since(Instant::now()))
    }

    /// Accepts the clients that wait, up to a number, with what `keep` makes of what
    /// they are owed already.
    pub(crate) fn accept(
        &mut self,
        id: Id,
        keep: impl Fn(Outbox) -> T,
    ) -> Result<(), Error> {
        for _ in 0..ACCEPTS {
            match self.server.accept()? {
                Accepted::Client(stream, peer) => self.welcome(stream, peer, &keep)?,
                Accepted::NoClient => break,
                Accepted::Exhausted(_) => {
                    // The listener stays readable: watched on, it would be reported
                    // without end.
                    let (_, of_listener) = self.selector.unregister(id)?;
                    self.closed_door = Some((of_listener, Instant::now() + RETRY));
                    break;
                }
            }
        }
        Ok(())
    }

    fn open_door(&mut self) -> Result<(), Error> {
        if let Some((of_listener, _)) = self.closed_door.take() {
            self.selector.register(
                Source::Listener(self.server.listener()),
                Events::READ,
                of_listener,
            )?;
        }
        Ok(())
    }

    fn welcome(
        &mut self,
        stream: TcpStream,
        peer: SocketAddr,
        keep: impl Fn(Outbox) -> T,
    ) -> Result<(), Error> {
        let mut outbox = Outbox::default();
        let greeted = outbox.send(&stream, self.server.protocol().greeting.as_bytes());
        let debt = outbox.len();
        match self.selector.register(
            Source::Client(stream, peer),
            Events::READ,
            keep(outbox),
        ) {
            Ok(id) => {
                self.clients += 1;
                self.server.tell(&Event::Connected { peer });
                self.settle(
                    id,
                    greeted.map(|sent| {
                        self.server.statistics().count_sent(sent);
                        Standing { debt, ended: false }
                    }),
                )
            }
            // It is closed by now. The others are served on.
            Err(error) => {
                self.server.tell(&Event::Refused { peer, error: error.to_string() });
                Ok(())
            }
        }
    }

    /// Ends a client's turn: watches it for what it waits for next, or closes it.
    pub(crate) fn settle(
        &mut self,
        id: Id,
        standing: io::Result<Standing>,
    ) -> Result<(), Error> {
        let Some(key) = self.selector.get(id) else { return Ok(()) };
        let Source::Client(_, peer) = *key.file() else { return Ok(()) };
        let before = key.events();
        let standing = match standing {
            Ok(standing) => standing,
            Err(error) => {
                return self
                    .close(id, &Event::Broken { peer, error: error.to_string() });
            }
        };
        self.server.statistics().note_buffer(standing.debt);
        if standing.ended && standing.debt == 0 {
            return self.close(id, &Event::Closed { peer });
        }
        self.note_activity(id);
        let after = wanted(before, &standing);
        if after != before {
            self.selector.modify(id, after)?;
            self.owing += usize::from(after.contains(Events::WRITE));
            self.owing -= usize::from(before.contains(Events::WRITE));
            match (before.contains(Events::READ), after.contains(Events::READ)) {
                (true, false) if !standing.ended => {
                    (self.report)(&LoopEvent::Paused { peer });
                }
                (false, true) => (self.report)(&LoopEvent::Resumed { peer }),
                _ => {}
            }
        }
        Ok(())
    }

    fn note_activity(&mut self, id: Id) {
        if let Some(limit) = self.server.idle_timeout() {
            let now = Instant::now();
            self.active.insert(id, now);
            self.idle_check.get_or_insert(now + limit);
        }
    }

    fn disconnect_idle(&mut self) -> Result<(), Error> {
        let Some(limit) = self.server.idle_timeout() else { return Ok(()) };
        let now = Instant::now();
        let too_long = |(&id, &at): (&Id, &Instant)| (at + limit <= now).then_some(id);
        let idle: Vec<Id> = self.active.iter().filter_map(too_long).collect();
        for id in idle {
            if let Some(Source::Client(_, peer)) = self.selector.get(id).map(Key::file)
            {
                let peer = *peer;
                self.close(id, &Event::Idle { peer })?;
            }
        }
        self.idle_check = self.active.values().min().map(|&at| at + limit);
        Ok(())
    }

    fn close(&mut self, id: Id, event: &Event) -> Result<(), Error> {
        self.active.remove(&id);
        let owes = self
            .selector
            .get(id)
            .is_some_and(|key| key.events().contains(Events::WRITE));
        self.selector.unregister(id)?;
        self.clients -= 1;
        self.owing -= usize::from(owes);
        self.server.tell(event);
        Ok(())
    }

    /// Shuts the door, and lets each client come to its end: what it has sent is
    /// answered, and nothing later.
    pub(crate) fn begin_to_stop(&mut self) -> Result<(), Error> {
        self.give_up = Some(Instant::now() + GRACE);
        self.closed_door = None;
        let mut ours = Vec::new();
        for key in self.selector.keys() {
            match key.file() {
                // It fails only if the client has gone already, which the next read
                // tells as well.
                Source::Client(stream, _) => drop(stream.shutdown(Shutdown::Read)),
                Source::Listener(_) | Source::Stop(_) => ours.push(key.id()),
            }
        }
        ours.into_iter().try_for_each(|id| self.selector.unregister(id).map(drop))
    }

    fn cut_all(&mut self) -> Result<(), Error> {
        let client = |source: &Source<'_>| match *source {
            Source::Client(_, peer) => Some(peer),
            Source::Listener(_) | Source::Stop(_) => None,
        };
        let left: Vec<_> = self
            .selector
            .keys()
            .filter_map(|key| Some((key.id(), client(key.file())?)))
            .collect();
        left.into_iter().try_for_each(|(id, peer)| self.close(id, &Event::Cut { peer }))
    }
}

/// What a client is to be watched for. Between half of the limit and all of it, it is
/// read from if it was before, so that it is not paused and resumed with every answer
/// that it takes.
fn wanted(before: Events, standing: &Standing) -> Events {
    let limit = if before.contains(Events::READ) { LIMIT } else { LIMIT / 2 };
    let reads = !standing.ended && standing.debt < limit;
    Events::READ.when(reads) | Events::WRITE.when(standing.debt > 0)
}

impl AsFd for Source<'_> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Listener(listener) => listener.as_fd(),
            Self::Stop(stop) => stop.as_fd(),
            Self::Client(stream, _) => stream.as_fd(),
        }
    }
}
