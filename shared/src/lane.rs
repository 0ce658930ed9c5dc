//! Who speaks: a process, a thread or a coroutine, by the name it was given.

use std::sync::{PoisonError, RwLock};

use nix::unistd::{getpid, gettid};

/// The name of this process: `main` until it is given one.
static PROCESS: RwLock<Option<String>> = RwLock::new(None);

/// Those who know the coroutine that runs on the current thread.
static COROUTINES: RwLock<Vec<Running>> = RwLock::new(Vec::new());

/// Gives the name of the coroutine that runs on the current thread, if one does.
pub type Running = fn() -> Option<String>;

/// The name of the running coroutine, else of the thread, else of the process.
#[must_use]
pub fn current() -> String {
    coroutine().unwrap_or_else(of_thread)
}

/// The name of the running coroutine, if one runs on the current thread.
pub(crate) fn coroutine() -> Option<String> {
    COROUTINES
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .iter()
        .find_map(|running| running())
}

/// The name of the thread, else of the process.
pub(crate) fn of_thread() -> String {
    thread().unwrap_or_else(process)
}

/// The name of this process.
#[must_use]
pub fn process() -> String {
    PROCESS
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
        .unwrap_or_else(|| "main".to_owned())
}

/// Names this process; called in a child as it begins.
pub fn name_process(name: &str) {
    *PROCESS.write().unwrap_or_else(PoisonError::into_inner) = Some(name.to_owned());
}

/// Asks `running` from now on for the name of the coroutine, whenever one may be
/// speaking.
///
/// Asked only when a line is printed, so that switching between coroutines costs
/// nothing. Naming it twice changes nothing.
pub fn name_coroutines_by(running: Running) {
    let mut coroutines = COROUTINES.write().unwrap_or_else(PoisonError::into_inner);
    if !coroutines.iter().any(|known| std::ptr::fn_addr_eq(*known, running)) {
        coroutines.push(running);
    }
}

/// The name of the current thread, unless it is the process's first, which speaks for
/// the process.
fn thread() -> Option<String> {
    let id = gettid();
    if id == getpid() {
        return None;
    }
    let thread = std::thread::current();
    Some(thread.name().map_or_else(|| format!("thread-{id}"), str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_speaks_by_its_name() {
        let named = std::thread::Builder::new().name("x".into());
        let lane = named.spawn(current).expect("a thread").join().expect("its lane");
        assert_eq!(lane, "x");
    }

    #[test]
    fn a_nameless_thread_speaks_by_its_id() {
        let lane = std::thread::spawn(current).join().expect("its lane");
        assert!(lane.starts_with("thread-"), "{lane}");
    }

    #[test]
    fn a_coroutine_goes_before_its_thread() {
        fn running() -> Option<String> {
            (std::thread::current().name() == Some("hub")).then(|| "eat".to_owned())
        }
        name_coroutines_by(running);
        let hub = std::thread::Builder::new().name("hub".into());
        assert_eq!(
            hub.spawn(current).expect("a thread").join().expect("its lane"),
            "eat"
        );
    }
}
