//! A thread, and the handle by which it is joined.

use std::io;
use std::panic::Location;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self as platform, Result};

use crate::op::{Op, Wait};
use crate::run::{self, Run, step};
use crate::schedule::Effect;

/// [`std::thread::Builder`]: a thread with a name.
///
/// ```
/// use interleavings::thread;
///
/// let named = thread::Builder::new().name("x".to_owned());
/// let thread = named.spawn(|| thread::current().name().map(str::to_owned))?;
/// assert_eq!(thread.join().unwrap().as_deref(), Some("x"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Builder {
    name: Option<String>,
}

impl Builder {
    /// A thread without a name. In an exploration it is called `thread 1` by its
    /// number.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the thread.
    #[must_use]
    pub fn name(self, name: String) -> Self {
        Self { name: Some(name) }
    }

    /// Starts the thread.
    ///
    /// # Errors
    /// If the system cannot.
    pub fn spawn<F, T>(self, function: F) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        Ok(JoinHandle(match run::current() {
            Some(run) => {
                let packet = Packet::new();
                let body = Box::new(packet.filled_by(function));
                Handle::Explored(packet, Explored::spawn(&run, self.name, body)?)
            }
            None => Handle::Real(self.real().spawn(function)?),
        }))
    }

    pub(super) fn real(self) -> platform::Builder {
        let builder = platform::Builder::new();
        match self.name {
            Some(name) => builder.name(name),
            None => builder,
        }
    }

    pub(super) fn into_name(self) -> Option<String> {
        self.name
    }
}

/// Starts a thread.
///
/// ```
/// assert_eq!(interleavings::thread::spawn(|| 1 + 1).join().unwrap(), 2);
/// ```
///
/// # Panics
/// If the system cannot.
pub fn spawn<F, T>(function: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    Builder::new().spawn(function).expect("the system has room for a thread")
}

/// [`std::thread::JoinHandle`].
#[derive(Debug)]
pub struct JoinHandle<T>(Handle<T, platform::JoinHandle<T>>);

impl<T> JoinHandle<T> {
    /// Waits until the thread has ended, and returns its value.
    ///
    /// # Errors
    /// The payload of its panic.
    #[track_caller]
    pub fn join(self) -> Result<T> {
        match self.0 {
            Handle::Real(handle) => handle.join(),
            Handle::Explored(packet, thread) => thread.join(&packet),
        }
    }

    /// Whether the thread has ended. It is no step: a loop that polls it has to give
    /// way ([`yield_now`](super::yield_now)).
    #[must_use]
    pub fn is_finished(&self) -> bool {
        match &self.0 {
            Handle::Real(handle) => handle.is_finished(),
            Handle::Explored(_, thread) => thread.has_ended(),
        }
    }

    /// The thread.
    #[must_use]
    pub fn thread(&self) -> Thread {
        match &self.0 {
            Handle::Real(handle) => Thread::real(handle.thread()),
            Handle::Explored(_, thread) => Thread::explored(thread),
        }
    }
}

/// What joins a thread of either kind.
#[derive(Debug)]
pub(super) enum Handle<T, Real> {
    Real(Real),
    Explored(Packet<T>, Explored),
}

/// Where an explored thread leaves its result.
#[derive(Debug)]
pub(super) struct Packet<T>(Arc<Mutex<Option<Result<T>>>>);

impl<T> Packet<T> {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(None)))
    }

    /// What a thread runs that calls `function` and leaves its result here.
    pub(super) fn filled_by<F: FnOnce() -> T>(
        &self,
        function: F,
    ) -> impl FnOnce() + use<F, T> {
        let packet = Arc::clone(&self.0);
        move || {
            let result = run::caught(function);
            *packet.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        }
    }

    fn take(&self) -> Option<Result<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// An explored thread.
#[derive(Debug, Clone)]
pub(super) struct Explored {
    run: u64,
    number: usize,
    name: Arc<str>,
}

impl Explored {
    pub(super) fn spawn(
        run: &Run,
        name: Option<String>,
        body: Box<dyn FnOnce()>,
    ) -> io::Result<Self> {
        let number = run.spawn(name, body)?;
        Ok(Self::of(run, number))
    }

    fn of(run: &Run, number: usize) -> Self {
        Self { run: run.id(), number, name: run.world().name(number).into() }
    }

    /// Waits until the thread has ended, and takes its result.
    #[track_caller]
    pub(super) fn join<T>(&self, packet: &Packet<T>) -> Result<T> {
        self.wait();
        if let Some(run) = self.its_run() {
            run.world().take_panic(self.number);
        }
        // Empty only if it was cut short.
        packet.take().unwrap_or_else(|| Err(Box::new("the exploration is over")))
    }

    /// Waits until the thread has ended.
    #[track_caller]
    pub(super) fn wait(&self) {
        if let Some(run) = self.its_run() {
            run.wait(Wait::End(self.number), Location::caller());
        }
    }

    /// Whether the thread has panicked, and no other has taken that from its handle.
    pub(super) fn has_panicked(&self) -> bool {
        self.its_run().is_some_and(|run| run.world().has_panicked(self.number))
    }

    /// Whether the thread has ended. Those of a run that is over have.
    pub(super) fn has_ended(&self) -> bool {
        self.its_run().is_none_or(|run| run.world().has_ended(self.number))
    }

    /// The run of this thread, if the caller is of the same.
    fn its_run(&self) -> Option<std::rc::Rc<Run>> {
        run::current().filter(|run| run.id() == self.run)
    }
}

/// [`std::thread::Thread`].
#[derive(Debug, Clone)]
pub struct Thread(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Real(platform::Thread),
    Explored(Explored),
}

impl Thread {
    pub(super) fn real(thread: &platform::Thread) -> Self {
        Self(Kind::Real(thread.clone()))
    }

    pub(super) fn explored(thread: &Explored) -> Self {
        Self(Kind::Explored(thread.clone()))
    }

    /// Its id, which differs from that of every other thread.
    #[must_use]
    pub fn id(&self) -> ThreadId {
        ThreadId(match &self.0 {
            Kind::Real(thread) => Id::Real(thread.id()),
            Kind::Explored(thread) => Id::Explored(thread.run, thread.number),
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match &self.0 {
            Kind::Real(thread) => thread.name(),
            Kind::Explored(thread) => Some(&thread.name),
        }
    }

    /// Ends the thread's [`park`](super::park), or the next one. It is a step.
    #[track_caller]
    pub fn unpark(&self) {
        match &self.0 {
            Kind::Real(thread) => thread.unpark(),
            Kind::Explored(thread) => {
                if let Some(run) = thread.its_run() {
                    step(
                        Op::token(thread.number),
                        || run.world().unpark(thread.number),
                        |()| Effect::Unparks,
                    );
                }
            }
        }
    }
}

/// [`std::thread::ThreadId`].
///
/// ```
/// use interleavings::thread;
///
/// let me = thread::current().id();
/// assert_eq!(thread::current().id(), me);
/// assert_ne!(thread::spawn(|| thread::current().id()).join().unwrap(), me);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ThreadId(Id);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Id {
    Real(platform::ThreadId),
    /// The run, and the number of the thread in it.
    Explored(u64, usize),
}

/// The thread that calls it.
#[must_use]
pub fn current() -> Thread {
    match run::current() {
        Some(run) => {
            let me = run.world().running();
            Thread(Kind::Explored(Explored::of(&run, me)))
        }
        None => Thread(Kind::Real(platform::current())),
    }
}
