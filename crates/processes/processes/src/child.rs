//! Forking, and what a child runs from its first instruction to its last.

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::Signal;
use nix::unistd::{ForkResult, Pid, fork, getpid, getppid};
use shared::{lane, trace};

use crate::held::{Fork, HandOver};
use crate::{Error, Exit, Outcome};

/// The exit code of a child whose function panicked, as of a Rust program whose `main`
/// did.
const PANICKED: i32 = 101;

/// Makes a child that calls `body` with `given`, and gives its pid to the parent, which
/// drops its own copies of both.
pub(crate) fn fork_child<V: HandOver, R: Outcome>(
    name: &str,
    given: V,
    body: impl FnOnce(V) -> R,
) -> Result<Pid, Error> {
    let prepared = Fork::prepare(name)?;
    let parent = getpid();
    // SAFETY: the child is a copy of a process whose only thread is this one (`prepare`
    // has checked it), so no lock is held by a thread that it lacks, and it may do
    // whatever its parent may.
    match unsafe { fork() }.map_err(Error::os(|| format!("start {name}")))? {
        ForkResult::Parent { child } => Ok(child),
        ForkResult::Child => run_and_exit(name, || {
            if let Err(error) = prepared.in_child(&given) {
                return Some(format!("cannot close what is not handed over: {error}"));
            }
            begin(name, parent, || body(given))
        }),
    }
}

/// The whole run of the child. It ends by `_exit` or by an abort, so it never returns
/// or unwinds into its parent's code.
fn run_and_exit(name: &str, run: impl FnOnce() -> Option<String>) -> ! {
    let _abort = AbortOnDrop;
    let code = match catch_unwind(AssertUnwindSafe(run)) {
        Ok(None) => 0,
        Ok(Some(failure)) => {
            // In one write: the lines of several children would mix.
            let _ =
                std::io::stderr().write_all(format!("{name}: {failure}\n").as_bytes());
            1
        }
        Err(told_by_the_panic_hook) => {
            // Its destructor may panic.
            std::mem::forget(told_by_the_panic_hook);
            PANICKED
        }
    };
    flush();
    let exit = if code == 0 { Exit::Ok } else { Exit::Code(code) };
    trace::exit(&exit.to_string());
    // SAFETY: `_exit` ends the process without running anything of it: neither handlers
    // of `atexit` nor destructors, which are the parent's to run.
    unsafe { libc::_exit(code) }
}

/// Ends the process if anything unwinds past it.
struct AbortOnDrop;

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        std::process::abort();
    }
}

/// Calls the child's function, unless the parent is dead already.
fn begin<R: Outcome>(
    name: &str,
    parent: Pid,
    body: impl FnOnce() -> R,
) -> Option<String> {
    lane::name_process(name);
    if let Err(error) = set_pdeathsig(Signal::SIGKILL) {
        return Some(format!("cannot ask for the parent's death to be known: {error}"));
    }
    // A parent that died before the kernel was asked sends no signal; but then the
    // child has another parent by now.
    if getppid() != parent {
        return Some("its parent has died".to_owned());
    }
    trace::birth(name);
    body().failure()
}

fn flush() {
    // A standard output that is gone is no reason not to end a process.
    let _ = std::io::stdout().flush();
}
