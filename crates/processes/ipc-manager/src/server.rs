//! The manager's own process: one thread that serves one request after the other, which
//! makes each of them atomic.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::os::fd::OwnedFd;

use ipc_pipe::{EncodeError, Inbox, frame, piece};
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::io::{Errno, retry_on_intr};
use rustix::net::{RecvFlags, SendFlags, recv, send};

use crate::message::{Hold, Message, Reply};
use crate::reception::Entrance;
use crate::store::Store;

/// The door's number in epoll; the clients are numbered from one.
const DOOR: u64 = 0;

/// Serves all clients that come in, until the process is ended.
pub(crate) fn serve(door: OwnedFd) -> io::Result<()> {
    let mut server = Server::new(door)?;
    let mut events = Vec::with_capacity(64);
    loop {
        server.serve_round(&mut events)?;
    }
}

#[derive(Debug)]
struct Server {
    epoll: OwnedFd,
    entrance: Entrance,
    clients: HashMap<u64, Client>,
    /// How many clients have ever come.
    came: u64,
    store: Store,
    lock: Lock,
}

#[derive(Debug)]
struct Client {
    connection: OwnedFd,
    inbox: Inbox,
    /// An answer for which there was no room yet. While there is one, the client is not
    /// served.
    outbox: Vec<u8>,
    /// How much of it is sent.
    sent: usize,
    /// The longest piece that the socket takes, as far as is known.
    longest: usize,
    /// Whether epoll has been asked to tell when there is room.
    blocked: bool,
}

/// The client whose requests are served at the moment, and the clients that wait.
#[derive(Debug, Default)]
struct Lock {
    holder: Option<u64>,
    /// How many times the holder has taken it.
    depth: u32,
    waiting: VecDeque<u64>,
}

/// The client is to be served no longer: it has gone, or what it sends is nothing that
/// a client of ours would.
struct Leave;

impl Server {
    fn new(door: OwnedFd) -> io::Result<Self> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        epoll::add(&epoll, &door, EventData::new_u64(DOOR), EventFlags::IN)?;
        Ok(Self {
            epoll,
            entrance: Entrance::new(door)?,
            clients: HashMap::new(),
            came: 0,
            store: Store::default(),
            lock: Lock::default(),
        })
    }

    /// Waits until there is something to do, and does it.
    fn serve_round(&mut self, events: &mut Vec<Event>) -> io::Result<()> {
        events.clear();
        retry_on_intr(|| epoll::wait(&self.epoll, spare_capacity(events), None))?;
        for Event { flags, data } in events.drain(..) {
            match data.u64() {
                DOOR => self.admit(),
                client => self.attend(client, flags),
            }
            self.go_on();
        }
        Ok(())
    }

    fn admit(&mut self) {
        let Some(connection) = self.entrance.admit() else { return };
        self.came += 1;
        let data = EventData::new_u64(self.came);
        if epoll::add(&self.epoll, &connection, data, EventFlags::IN).is_err() {
            self.entrance.refuse(connection);
            return;
        }
        let client = Client {
            connection,
            inbox: Inbox::default(),
            outbox: Vec::new(),
            sent: 0,
            longest: usize::MAX,
            blocked: false,
        };
        self.clients.insert(self.came, client);
    }

    /// Takes in and sends out what can be, and answers.
    fn attend(&mut self, number: u64, flags: EventFlags) {
        let Some(client) = self.clients.get_mut(&number) else { return };
        let done = if flags.contains(EventFlags::OUT) {
            client.send(&self.epoll, number)
        } else {
            Ok(())
        };
        let done = done.and_then(|()| {
            if flags == EventFlags::OUT { Ok(()) } else { client.receive() }
        });
        if done.and_then(|()| self.answer(number)).is_err() {
            self.leave(number);
        }
    }

    /// Answers the clients that have waited for the lock, in the order of their
    /// requests, until one of them takes it.
    fn go_on(&mut self) {
        while self.lock.holder.is_none()
            && let Some(number) = self.lock.waiting.pop_front()
        {
            if self.answer(number).is_err() {
                self.leave(number);
            }
        }
    }

    /// Answers a client's requests, as far as they are there, it is its turn, and it
    /// takes the answers.
    fn answer(&mut self, number: u64) -> Result<(), Leave> {
        let Some(client) = self.clients.get_mut(&number) else { return Ok(()) };
        while client.outbox.is_empty()
            && let Some(length) = client.inbox.next().map_err(|_| Leave)?
        {
            if self.lock.holder.is_some_and(|holder| holder != number) {
                if !self.lock.waiting.contains(&number) {
                    self.lock.waiting.push_back(number);
                }
                break;
            }
            let message = postcard::take_from_bytes(client.inbox.take(length));
            let Ok((Message { hold, request }, [])) = message else {
                return Err(Leave);
            };
            if hold == Hold::Take {
                self.lock.take(number);
            }
            let reply = self.store.apply(request).map_err(|_| Leave)?;
            client.outbox.clear();
            match frame(&reply, &mut client.outbox) {
                Ok(()) => {}
                Err(EncodeError::TooLong) => {
                    frame(&Reply::TooLong, &mut client.outbox).map_err(|_| Leave)?;
                }
                Err(_) => return Err(Leave),
            }
            if hold == Hold::Release {
                self.lock.release(number)?;
            }
            client.send(&self.epoll, number)?;
        }
        Ok(())
    }

    /// Forgets a client. What it had done stays done, what it was about to do does not
    /// happen, and the lock is free.
    fn leave(&mut self, number: u64) {
        self.lock.forget(number);
        // Closing the connection takes it out of epoll: no other process has it.
        self.clients.remove(&number);
    }
}

impl Client {
    /// Takes in what has come.
    fn receive(&mut self) -> Result<(), Leave> {
        // A client takes the answer before it sends the next request. So while it
        // waits, what comes is the end, or from a client that would fill the memory.
        if !self.outbox.is_empty() || !matches!(self.inbox.next(), Ok(None)) {
            return Err(Leave);
        }
        let room = self.inbox.room();
        match retry_on_intr(|| recv(&self.connection, &mut *room, RecvFlags::DONTWAIT))
        {
            Ok((0, _)) => Err(Leave),
            Ok((count, _)) => {
                self.inbox.came(count);
                Ok(())
            }
            Err(Errno::AGAIN) => Ok(()),
            Err(_) => Err(Leave),
        }
    }

    /// Sends what there is room for; epoll tells when there is more, if there is not
    /// enough.
    fn send(&mut self, epoll: &OwnedFd, number: u64) -> Result<(), Leave> {
        let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
        while self.sent < self.outbox.len() {
            let rest = &self.outbox[self.sent..];
            let length = rest.len().min(piece(self.sent)).min(self.longest);
            match retry_on_intr(|| send(&self.connection, &rest[..length], flags)) {
                Ok(count) => self.sent += count,
                Err(Errno::AGAIN) => break,
                // The socket's buffer is smaller than the piece.
                Err(Errno::MSGSIZE) if length > 1 => self.longest = length / 2,
                Err(_) => return Err(Leave),
            }
        }
        if self.sent == self.outbox.len() {
            self.outbox.clear();
            self.sent = 0;
        }
        let blocked = !self.outbox.is_empty();
        if blocked != self.blocked {
            self.blocked = blocked;
            let wanted =
                if blocked { EventFlags::IN | EventFlags::OUT } else { EventFlags::IN };
            epoll::modify(epoll, &self.connection, EventData::new_u64(number), wanted)
                .map_err(|_| Leave)?;
        }
        Ok(())
    }
}

impl Lock {
    fn take(&mut self, number: u64) {
        self.holder = Some(number);
        self.depth += 1;
    }

    fn release(&mut self, number: u64) -> Result<(), Leave> {
        if self.holder != Some(number) {
            return Err(Leave);
        }
        self.depth -= 1;
        if self.depth == 0 {
            self.holder = None;
        }
        Ok(())
    }

    fn forget(&mut self, number: u64) {
        if self.holder == Some(number) {
            (self.holder, self.depth) = (None, 0);
        }
        self.waiting.retain(|waiting| *waiting != number);
    }
}

#[cfg(test)]
mod memory_tests;
#[cfg(test)]
mod tests;
