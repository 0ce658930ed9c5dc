//! The manager's own process: one thread that serves one request after the other, which
//! makes each of them atomic.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::os::fd::OwnedFd;

use ipc_pipe::{EncodeError, Inbox, encode, piece};
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::io::{Errno, retry_on_intr};
use rustix::net::{RecvFlags, SendFlags, recv, send};

use crate::message::{Hold, Message, Reply};
use crate::reception;
use crate::store::Store;

/// What epoll calls the door; the clients are numbered from one.
const DOOR: u64 = 0;

/// Serves whoever comes in, until the process is ended.
pub(crate) fn serve(door: &OwnedFd) -> io::Result<()> {
    let epoll = epoll::create(CreateFlags::CLOEXEC)?;
    epoll::add(&epoll, door, EventData::new_u64(DOOR), EventFlags::IN)?;
    let mut server = Server {
        epoll,
        clients: HashMap::new(),
        came: 0,
        store: Store::default(),
        lock: Lock::default(),
    };
    let mut events = Vec::with_capacity(64);
    loop {
        events.clear();
        retry_on_intr(|| {
            epoll::wait(&server.epoll, spare_capacity(&mut events), None)
        })?;
        for Event { flags, data } in events.drain(..) {
            match data.u64() {
                DOOR => server.admit(door),
                client => server.attend(client, flags),
            }
            server.go_on();
        }
    }
}

#[derive(Debug)]
struct Server {
    epoll: OwnedFd,
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
    /// Whether epoll has been asked to tell when there is room.
    blocked: bool,
}

/// Who may have requests served at the moment, and who waits for that.
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
    fn admit(&mut self, door: &OwnedFd) {
        let Some(connection) = reception::admit(door) else { return };
        self.came += 1;
        // If there is no room for it the connection closes here, and the client reads
        // the end.
        if epoll::add(
            &self.epoll,
            &connection,
            EventData::new_u64(self.came),
            EventFlags::IN,
        )
        .is_ok()
        {
            let client = Client {
                connection,
                inbox: Inbox::default(),
                outbox: Vec::new(),
                sent: 0,
                blocked: false,
            };
            self.clients.insert(self.came, client);
        }
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

    /// Answers those who have waited for the lock, in the order of their requests,
    /// until one of them takes it.
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
            match encode(&reply, &mut client.outbox) {
                Ok(()) => {}
                Err(EncodeError::TooLong) => {
                    encode(&Reply::TooLong, &mut client.outbox).map_err(|_| Leave)?;
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
        let room = self.inbox.room();
        match retry_on_intr(|| recv(&self.connection, &mut *room, RecvFlags::DONTWAIT))
        {
            // The end; or no room, for somebody who sends and sends and takes no
            // answers.
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
            match retry_on_intr(|| {
                send(&self.connection, &rest[..rest.len().min(piece(self.sent))], flags)
            }) {
                Ok(count) => self.sent += count,
                Err(Errno::AGAIN) => break,
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
mod tests;
