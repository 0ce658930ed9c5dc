//! Threads that borrow from the one that spawned them.

use std::io;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Mutex, PoisonError};
use std::thread::{self as platform, Result};

use crate::run;
use crate::thread::handle::{Builder, Explored, Handle, Packet, Thread};

/// [`std::thread::Scope`]. It is handed on by value.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'scope, 'env: 'scope>(Kind<'scope, 'env>);

#[derive(Debug, Clone, Copy)]
enum Kind<'scope, 'env: 'scope> {
    Real(&'scope platform::Scope<'scope, 'env>),
    Explored(&'scope Threads, PhantomData<(Invariant<'scope>, Invariant<'env>)>),
}

/// A lifetime that neither shrinks nor grows: a thread of the scope may borrow for all
/// of it, and not for more.
type Invariant<'a> = &'a mut &'a ();

/// The explored threads of a scope.
#[derive(Debug, Default)]
struct Threads(Mutex<Vec<Explored>>);

/// Calls `function` with a scope in which it can spawn threads that borrow, and returns
/// when these have ended.
///
/// ```
/// use interleavings::thread;
///
/// let apples = [1, 2, 3];
/// let count = thread::scope(|scope| {
///     scope.spawn(|| apples.len()).join().unwrap()
/// });
/// assert_eq!(count, 3);
/// ```
///
/// # Panics
/// If a thread has panicked that `function` has not joined.
#[track_caller]
pub fn scope<'env, F, T>(function: F) -> T
where
    F: for<'scope> FnOnce(Scope<'scope, 'env>) -> T,
{
    if !run::exploring() || platform::panicking() {
        return platform::scope(|scope| function(Scope(Kind::Real(scope))));
    }
    let threads = Threads::default();
    let result = catch_unwind(AssertUnwindSafe(|| {
        function(Scope(Kind::Explored(&threads, PhantomData)))
    }));
    if run::current().is_none_or(|run| run.is_over()) {
        // The run is over, and this thread unwinds. The threads of the scope are
        // younger and so have been unwound before.
        return result.unwrap_or_else(|payload| resume_unwind(payload));
    }
    let has_panicked = threads.wait();
    match result {
        Err(payload) => resume_unwind(payload),
        Ok(_) if has_panicked => panic!("a scoped thread panicked"),
        Ok(value) => value,
    }
}

impl Threads {
    /// Waits until all have ended; whether one has panicked without being joined.
    #[track_caller]
    fn wait(&self) -> bool {
        let threads = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut has_panicked = false;
        let mut ended = 0;
        loop {
            // A thread may spawn another one while it is waited for.
            let Some(next) = threads().get(ended).cloned() else { return has_panicked };
            next.wait();
            has_panicked |= next.has_panicked();
            ended += 1;
        }
    }
}

impl<'scope> Scope<'scope, '_> {
    /// Starts a thread that may borrow.
    ///
    /// # Panics
    /// If the system cannot.
    pub fn spawn<F, T>(self, function: F) -> ScopedJoinHandle<'scope, T>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        Builder::new()
            .spawn_scoped(self, function)
            .expect("the system has room for a thread")
    }
}

impl Builder {
    /// Starts a thread that may borrow.
    ///
    /// # Errors
    /// If the system cannot; and if the scope is one of an explored program, and the
    /// caller is not a thread of it.
    pub fn spawn_scoped<'scope, F, T>(
        self,
        scope: Scope<'scope, '_>,
        function: F,
    ) -> io::Result<ScopedJoinHandle<'scope, T>>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        Ok(ScopedJoinHandle(match scope.0 {
            Kind::Real(scope) => {
                Handle::Real(self.real().spawn_scoped(scope, function)?)
            }
            Kind::Explored(threads, _) => {
                let run = run::current()
                    .ok_or_else(|| io::Error::other("not a thread of the program"))?;
                let packet = Packet::new();
                let body: Box<dyn FnOnce() + 'scope> =
                    Box::new(packet.filled_by(function));
                // The body has been run or dropped before `'scope` ends: `scope` waits
                // for the thread on every way out but the end of the run, which unwinds
                // this thread first, as it is younger than the one that has opened the
                // scope.
                // SAFETY: only the lifetime changes, and the body does not outlive it.
                let body: Box<dyn FnOnce() + 'static> =
                    unsafe { std::mem::transmute(body) };
                let thread = Explored::spawn(&run, self.into_name(), body)?;
                let mut all = threads.0.lock().unwrap_or_else(PoisonError::into_inner);
                all.push(thread.clone());
                Handle::Explored(packet, thread)
            }
        }))
    }
}

/// [`std::thread::ScopedJoinHandle`].
#[derive(Debug)]
pub struct ScopedJoinHandle<'scope, T>(
    Handle<T, platform::ScopedJoinHandle<'scope, T>>,
);

impl<T> ScopedJoinHandle<'_, T> {
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

    /// Whether the thread has ended, as
    /// [`JoinHandle::is_finished`](super::JoinHandle::is_finished).
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
