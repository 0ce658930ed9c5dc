//! The threads that a program waits for at its end.

use std::mem;
use std::sync::{Arc, PoisonError};

use interleavings::sync::{Mutex, MutexGuard};
use threads::{Panicked, Thread, spawn};

use crate::error::Error;

/// The threads of a program (N2.19): those that it waits for, and daemons.
///
/// A clone is the same crew, so a thread may be given one, to start others.
#[derive(Clone, Debug)]
pub struct Crew(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// The threads that are waited for, in the order of their starts.
    threads: Vec<Thread<()>>,
    /// The panics of those that have ended.
    panicked: Vec<Panicked>,
    /// Whether the crew has ended, and starts no thread any more.
    has_ended: bool,
}

/// What the main code has returned, and what became of the threads.
#[derive(Debug)]
#[non_exhaustive]
pub struct Ended<T> {
    /// What the main code has returned.
    pub value: T,
    /// The panics of the threads, but for those of the daemons.
    pub panicked: Vec<Panicked>,
}

impl Crew {
    /// Calls `main` with a crew that is empty at first, and then waits for the threads
    /// of the crew that are not daemons, also for those that are started meanwhile.
    ///
    /// ```
    /// use std::sync::mpsc::channel;
    /// use daemon_threads::Crew;
    ///
    /// let (tell, told) = channel();
    /// Crew::run(|crew| {
    ///     let all = crew.clone();
    ///     crew.spawn("son", move || {
    ///         // The main code may be over by now; the crew waits for this one, too.
    ///         let started = all.spawn("grandson", move || drop(tell.send("done")));
    ///         started.expect("the crew has not ended");
    ///     })
    /// })
    /// .value?;
    /// assert_eq!(told.try_recv(), Ok("done"));
    /// # Ok::<(), daemon_threads::Error>(())
    /// ```
    ///
    /// # Panics
    /// If `main` does, after the threads have ended.
    pub fn run<T>(main: impl FnOnce(&Self) -> T) -> Ended<T> {
        let crew = Self(Arc::default());
        let waits = WaitsAtTheEnd(&crew);
        let value = main(&crew);
        drop(waits);
        let panicked = mem::take(&mut crew.lock().panicked);
        Ended { value, panicked }
    }

    /// Starts a thread that the crew waits for.
    ///
    /// # Errors
    /// [`Error::Ended`] if the crew has ended, and [`Error::Start`] if the system has
    /// no room for a thread.
    ///
    /// # Panics
    /// If the name has a byte of zero in it.
    pub fn spawn(
        &self,
        name: &str,
        function: impl FnOnce() + Send + 'static,
    ) -> Result<(), Error> {
        let mut state = self.lock();
        // The lock is held until the thread is in the list: what it starts itself comes
        // after it.
        let thread = state.start(name, function)?;
        state.forget_ended();
        state.threads.push(thread);
        Ok(())
    }

    /// Starts a daemon: the crew does not wait for it, and it is cut off when the
    /// process ends.
    ///
    /// Its panic is printed and not reported.
    ///
    /// # Errors
    /// As [`spawn`](Self::spawn).
    ///
    /// # Panics
    /// As [`spawn`](Self::spawn).
    pub fn daemon(
        &self,
        name: &str,
        function: impl FnOnce() + Send + 'static,
    ) -> Result<(), Error> {
        self.lock().start(name, function).map(drop)
    }

    /// Joins the threads until there is none left, and closes the list.
    fn wait(&self) {
        loop {
            let threads = {
                let mut state = self.lock();
                state.has_ended = state.threads.is_empty();
                mem::take(&mut state.threads)
            };
            if threads.is_empty() {
                return;
            }
            for thread in threads {
                if let Err(panicked) = thread.join() {
                    self.lock().panicked.push(panicked);
                }
            }
        }
    }

    /// No code of a thread runs under the lock, so nothing is half done after a panic.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn start(
        &self,
        name: &str,
        function: impl FnOnce() + Send + 'static,
    ) -> Result<Thread<()>, Error> {
        if self.has_ended {
            return Err(Error::Ended { name: name.to_owned() });
        }
        let started = spawn(name, function);
        started.map_err(|source| Error::Start { name: name.to_owned(), source })
    }

    /// Lets go of the threads that have ended; what they have panicked with is kept.
    fn forget_ended(&mut self) {
        let threads = mem::take(&mut self.threads);
        let (alive, ended): (Vec<_>, Vec<_>) =
            threads.into_iter().partition(Thread::is_alive);
        self.threads = alive;
        self.panicked
            .extend(ended.into_iter().filter_map(|thread| thread.join().err()));
    }
}

/// Waits for the threads of a crew when it is dropped: also if the main code panics.
struct WaitsAtTheEnd<'a>(&'a Crew);

impl Drop for WaitsAtTheEnd<'_> {
    fn drop(&mut self) {
        self.0.wait();
    }
}

#[cfg(all(test, loom))]
mod loom_models;
