//! N2.4: a process begins in one of four ways; every one but the first has a parent.

use std::iter::successors;
use std::process::{Command, id};

use anyhow::Context as _;
use processes::{parent, state};
use shared::{Result, claim, pace, say};

pub fn play() -> Result {
    // 1. With the system: the kernel starts the first process, as a child of 0.
    let first = ancestors(id()).last().context("this process is not in /proc")?;
    say!("the kernel has started process {first}");
    claim!(
        parent(first)? == Some(0),
        "the first ancestor has no process as its parent"
    );

    processes::scope(|family| {
        // 2. By a running process: the child is a copy of it.
        let child = family.daemon("child", || pace::sleep(10.0))?;
        say!("process {} has started process {}", id(), child.pid());
        claim!(parent(child.pid())? == Some(id()), "a child has its starter as parent");

        // 3. By a request of a user. The shell starts `sh -c`, but runs `echo` itself.
        let [program, its_parent, shell] = typed("sh -c 'echo $$ $PPID'; echo $$")?;
        say!("the shell {shell} has started process {program}");
        claim!(
            program != shell && its_parent == shell,
            "a program that a user asks for has the shell as parent"
        );

        // 4. By a batch, which starts a job when the job before has ended.
        let mut before = None;
        for name in ["job 1", "job 2", "job 3"] {
            let job = family.spawn(name, || run(name, before))?;
            family.join()?;
            before = Some(job.pid());
        }
        Ok(())
    })
}

fn ancestors(of: u32) -> impl Iterator<Item = u32> {
    // 0 is no process.
    let above = |&pid: &u32| parent(pid).ok().flatten().filter(|&above| above != 0);
    successors(Some(of), above)
}

/// The three pids that a shell prints for the line that its user has typed.
fn typed(line: &str) -> Result<[u32; 3]> {
    let printed = Command::new("sh").args(["-c", line]).output()?.stdout;
    let printed = String::from_utf8(printed)?;
    let pids =
        printed.split_whitespace().map(str::parse).collect::<Result<Vec<_>, _>>();
    pids?.try_into().ok().context("the shell has not printed three pids")
}

fn run(name: &str, before: Option<u32>) -> Result {
    say!("the batch has started {name}");
    if let Some(before) = before {
        let is_over = state(before)?.is_none();
        claim!(is_over, "a job of a batch begins when the job before it has ended");
    }
    pace::sleep(0.5);
    Ok(())
}
