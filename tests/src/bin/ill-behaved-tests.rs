//! Tests that go wrong in each way that the harness promises to handle, and some that
//! do not; `tests/harness.rs` runs them.

use std::io;
use std::process::{Command, exit};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{SigSet, Signal, raise};
use shared::signals::ignored;

tests::main! {
    passes,
    returns_an_error,
    panics,
    kills_itself,
    exits_early,
    exceeds_its_deadline => Duration::from_millis(500),
    leaves_a_child,
    leaves_a_zombie,
    leaves_an_orphan,
    waits,
    waits_with_an_orphan,
    is_skipped,
    prints_much,
    has_one_thread_and_default_signals,
}

fn passes() {}

fn returns_an_error() -> io::Result<()> {
    println!("before the error");
    Err(io::Error::other("no apples"))
}

fn panics() {
    panic!("no pears");
}

fn kills_itself() {
    raise(Signal::SIGKILL).expect("a signal");
}

fn exits_early() {
    exit(0);
}

/// Starts `sleep`, whose number of seconds makes it known, and abandons it.
fn orphan() -> io::Result<()> {
    let mut setsid = Command::new("setsid");
    setsid.args(["--fork", "sleep", "1001"]).status().map(drop)
}

fn exceeds_its_deadline() -> io::Result<()> {
    orphan()?;
    println!("before the deadline");
    wait()
}

fn leaves_a_child() -> io::Result<()> {
    Command::new("sleep").arg("1002").spawn().map(drop)
}

fn leaves_a_zombie() -> io::Result<()> {
    let mut child = Command::new("cat").stdout(io::pipe()?.1).spawn()?;
    child.kill()?;
    let options =
        rustix::process::WaitIdOptions::EXITED | rustix::process::WaitIdOptions::NOWAIT;
    rustix::process::waitid(rustix::process::WaitId::All, options)?;
    Ok(())
}

fn leaves_an_orphan() -> io::Result<()> {
    orphan()
}

fn waits_with_an_orphan() -> io::Result<()> {
    orphan()?;
    wait()
}

fn waits() {
    wait();
}

fn wait() -> ! {
    loop {
        thread::park();
    }
}

fn is_skipped() {
    tests::skip("the tree bears no apples", "plant another");
}

fn prints_much() {
    println!("the beginning");
    for line in 0..40_000 {
        println!("line {line} of many, more than a pipe can hold");
    }
    panic!("the end");
}

fn has_one_thread_and_default_signals() -> io::Result<()> {
    assert_eq!(std::fs::read_dir("/proc/self/task")?.count(), 1);
    assert_eq!(
        rustix::thread::gettid().as_raw_nonzero().get(),
        std::process::id() as i32
    );
    assert_eq!(SigSet::thread_get_mask()?, SigSet::empty());
    assert_eq!(ignored()?, SigSet::from(Signal::SIGPIPE));
    Ok(())
}
