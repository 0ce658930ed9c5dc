//! The selector: files to watch, each with data of its own.

use std::os::fd::{AsFd, AsRawFd as _};
use std::time::{Duration, Instant};

use nix::errno::Errno;

use crate::activity::{self, Turn};
use crate::backend::{Backend, Epoll, Poll, Select, Watched};
use crate::{Error, Events, Id};

/// Waits for many files at once; Python's `selectors`, over the system call that `B`
/// is.
///
/// A selector owns what it watches (or borrows it: `F` may be `&TcpStream`), together
/// with data of the user's. So a file cannot be closed while it is watched, and what
/// Python's documentation warns of cannot be written: that a closed descriptor is
/// reused, and its successor is taken for it.
///
/// It is level-triggered, as Python's: what has not been read is reported again.
///
/// ```
/// use std::io::{Write as _, pipe};
/// use selectors_server::{DefaultSelector, Events};
///
/// let (reader, mut writer) = pipe()?;
/// let mut selector = DefaultSelector::new()?;
/// let id = selector.register(reader, Events::READ, "the pipe")?;
/// assert_eq!(selector.select(Some(std::time::Duration::ZERO))?, []);
///
/// writer.write_all(b"!")?;
/// for (id, events) in selector.select(None)? {
///     let key = selector.get(id).expect("a key");
///     assert_eq!((*key.data(), events), ("the pipe", Events::READ));
/// }
/// let (_reader, data) = selector.unregister(id)?;
/// assert_eq!(data, "the pipe");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// What is watched cannot be closed, by the compiler's word (E0382):
/// ```compile_fail,E0382
/// # use selectors_server::{DefaultSelector, Events};
/// let (reader, _writer) = std::io::pipe().unwrap();
/// let mut selector = DefaultSelector::new().unwrap();
/// selector.register(reader, Events::READ, ()).unwrap();
/// drop(reader);
/// ```
#[derive(Debug)]
pub struct Selector<F, T, B> {
    backend: B,
    /// By descriptor; the kernel gives the lowest that is free, so that there are few
    /// gaps.
    keys: Vec<Option<Key<F, T>>>,
    len: usize,
    registrations: u32,
    /// From the return of one `select` to the next: in the trace, what the thread does
    /// with what is ready.
    awake: Option<Turn>,
}

/// A selector over select(2), for fewer than 1,024 descriptors.
pub type SelectSelector<F, T> = Selector<F, T, Select>;
/// A selector over poll(2).
pub type PollSelector<F, T> = Selector<F, T, Poll>;
/// A selector over epoll(7).
pub type EpollSelector<F, T> = Selector<F, T, Epoll>;
/// The best that this kernel has. Linux has epoll, always.
pub type DefaultSelector<F, T> = EpollSelector<F, T>;

/// A file that is watched, what for, and the user's data.
#[derive(Debug)]
pub struct Key<F, T> {
    id: Id,
    file: F,
    events: Events,
    data: T,
}

impl<F: AsFd, T, B: Backend> Selector<F, T, B> {
    /// A selector that watches nothing.
    ///
    /// # Errors
    /// [`Error::Os`] if the kernel has nothing left to watch with.
    pub fn new() -> Result<Self, Error> {
        Ok(Self {
            backend: B::new()?,
            keys: Vec::new(),
            len: 0,
            registrations: 0,
            awake: None,
        })
    }

    /// Begins to watch a file.
    ///
    /// # Errors
    /// [`Error::AlreadyRegistered`], [`Error::NoEvents`], [`Error::BeyondSelect`], or
    /// [`Error::Os`] if the kernel does not watch such files. `file` and `data` are
    /// dropped then.
    pub fn register(&mut self, file: F, events: Events, data: T) -> Result<Id, Error> {
        let fd = file.as_fd().as_raw_fd();
        let place = usize::try_from(fd).map_err(|_| {
            Error::os(|| format!("watch descriptor {fd}"))(Errno::EBADF)
        })?;
        if self.keys.get(place).is_some_and(Option::is_some) {
            return Err(Error::AlreadyRegistered { fd });
        }
        if events.is_empty() {
            return Err(Error::NoEvents { fd });
        }
        let id = Id { fd, registration: self.registrations };
        self.backend.register(Watched { fd: file.as_fd(), id, events })?;
        self.registrations = self.registrations.wrapping_add(1);
        self.len += 1;
        if self.keys.len() <= place {
            self.keys.resize_with(place + 1, || None);
        }
        self.keys[place] = Some(Key { id, file, events, data });
        Ok(id)
    }

    /// Watches a file for something else from now on.
    ///
    /// # Errors
    /// [`Error::NotRegistered`], [`Error::NoEvents`], [`Error::Os`]; then it is watched
    /// as before.
    pub fn modify(&mut self, id: Id, events: Events) -> Result<(), Error> {
        let key = find(&mut self.keys, id).ok_or(Error::NotRegistered { fd: id.fd })?;
        if events.is_empty() {
            return Err(Error::NoEvents { fd: id.fd });
        }
        if events != key.events {
            self.backend.modify(Watched { fd: key.file.as_fd(), id, events })?;
            key.events = events;
        }
        Ok(())
    }

    /// Ceases to watch a file, and gives it back with its data.
    ///
    /// # Errors
    /// [`Error::NotRegistered`]; [`Error::Os`], which would be a breach of I/O safety
    /// elsewhere: the file is closed.
    pub fn unregister(&mut self, id: Id) -> Result<(F, T), Error> {
        find(&mut self.keys, id).ok_or(Error::NotRegistered { fd: id.fd })?;
        let key = self.keys[id.fd as usize]
            .take()
            .ok_or(Error::NotRegistered { fd: id.fd })?;
        self.len -= 1;
        self.backend.unregister(key.file.as_fd())?;
        Ok((key.file, key.data))
    }

    /// Waits until something is ready, and gives all that is, with what for; or
    /// nothing, when `timeout` is over.
    ///
    /// `None` waits for ever, and so does a time that the clock cannot count to; zero
    /// does not wait. A negative timeout, by which Python means zero, cannot be written
    /// as a [`Duration`]. A signal does not end the wait (PEP 475).
    ///
    /// # Errors
    /// [`Error::Os`] if the kernel has no memory for it.
    pub fn select(
        &mut self,
        timeout: Option<Duration>,
    ) -> Result<Vec<(Id, Events)>, Error> {
        self.awake = None;
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        loop {
            let left = deadline
                .map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let all = self.keys.iter().flatten().map(Key::watched);
            match self.backend.wait(all, left) {
                Ok(found)
                    if found.is_empty()
                        && deadline
                            .is_none_or(|deadline| Instant::now() < deadline) => {}
                Err(Errno::EINTR) => {}
                Ok(mut found) => {
                    // An error is reported whatever a file is watched for, and comes as
                    // what it is watched for.
                    for (id, events) in &mut found {
                        *events = self
                            .get(*id)
                            .map_or(Events::NONE, |key| *events & key.events);
                    }
                    self.awake = Some(activity::turn("handles what is ready"));
                    return Ok(found);
                }
                Err(error) => {
                    return Err(Error::os(|| format!("wait in {}", B::NAME))(error));
                }
            }
        }
    }

    /// What is registered under `id`, if it still is.
    #[must_use]
    pub fn get(&self, id: Id) -> Option<&Key<F, T>> {
        self.keys.get(id.fd as usize)?.as_ref().filter(|key| key.id == id)
    }

    /// What is registered under `id`; Python's `get_key`, which raises `KeyError`.
    ///
    /// # Errors
    /// [`Error::NotRegistered`].
    pub fn get_key(&self, id: Id) -> Result<&Key<F, T>, Error> {
        self.get(id).ok_or(Error::NotRegistered { fd: id.fd })
    }

    /// The file that is registered under `id`, and its data to be changed.
    ///
    /// # Errors
    /// [`Error::NotRegistered`].
    pub fn parts(&mut self, id: Id) -> Result<(&F, &mut T), Error> {
        let key = find(&mut self.keys, id).ok_or(Error::NotRegistered { fd: id.fd })?;
        Ok((&key.file, &mut key.data))
    }

    /// All that is registered, by descriptor; Python's `get_map`.
    pub fn keys(&self) -> impl Iterator<Item = &Key<F, T>> {
        self.keys.iter().flatten()
    }

    /// How many are watched for all of `events`, and perhaps for others.
    pub fn watched_for(&self, events: Events) -> usize {
        self.keys().filter(|key| key.events.contains(events)).count()
    }

    /// How many are registered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing is registered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// Of what is ready, the ids of those that are ready for `events`; select(2) gives a
/// list for each.
///
/// ```
/// use selectors_server::{DefaultSelector, Events, ready_for};
///
/// let (one, _other) = std::os::unix::net::UnixStream::pair()?;
/// let mut selector = DefaultSelector::new()?;
/// let id = selector.register(one, Events::READ | Events::WRITE, ())?;
/// let ready = selector.select(None)?;
/// assert!(ready_for(&ready, Events::READ).eq([]));
/// assert!(ready_for(&ready, Events::WRITE).eq([id]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn ready_for(ready: &[(Id, Events)], events: Events) -> impl Iterator<Item = Id> {
    let is_ready = move |(_, ready): &&(Id, Events)| ready.contains(events);
    ready.iter().filter(is_ready).map(|(id, _)| *id)
}

fn find<F, T>(keys: &mut [Option<Key<F, T>>], id: Id) -> Option<&mut Key<F, T>> {
    keys.get_mut(id.fd as usize)?.as_mut().filter(|key| key.id == id)
}

impl<F: AsFd, T> Key<F, T> {
    /// By what it is told apart.
    #[must_use]
    pub fn id(&self) -> Id {
        self.id
    }

    /// The file. It can be used, but not be exchanged for another: the kernel watches
    /// this one.
    #[must_use]
    pub fn file(&self) -> &F {
        &self.file
    }

    /// What it is watched for.
    #[must_use]
    pub fn events(&self) -> Events {
        self.events
    }

    /// The user's data.
    #[must_use]
    pub fn data(&self) -> &T {
        &self.data
    }

    fn watched(&self) -> Watched<'_> {
        Watched { fd: self.file.as_fd(), id: self.id, events: self.events }
    }
}
