//! The lines of many processes never mix: eight of them write 10,000 lines each into
//! one pipe.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, pipe};
use std::process::exit;

use nix::sys::wait::{WaitStatus, wait};
use nix::unistd::{ForkResult, dup, dup2_stdout, fork};

const PROCESSES: usize = 8;
const LINES: usize = 10_000;

tests::main! {
    lines_of_many_processes_never_mix,
}

fn lines_of_many_processes_never_mix() -> nix::Result<()> {
    let (reader, writer) = pipe().expect("a pipe");
    let before = dup(std::io::stdout())?;
    dup2_stdout(writer)?;
    for process in 0..PROCESSES {
        // SAFETY: the harness runs a test in a process with one thread.
        if let ForkResult::Child = unsafe { fork() }? {
            write(process);
        }
    }
    dup2_stdout(before)?;

    let mut seen = HashMap::new();
    for line in BufReader::new(reader).lines() {
        let line = line.expect("a line");
        let [process, number, filling] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("mixed: {line:?}")
        };
        let next: &mut usize = seen.entry(process.to_owned()).or_default();
        assert_eq!(number, next.to_string(), "lost or out of order: {line:?}");
        assert_eq!(filling, "x".repeat(*next * 7 % 900), "mixed: {line:?}");
        *next += 1;
    }
    for _ in 0..PROCESSES {
        assert!(matches!(wait()?, WaitStatus::Exited(_, 0)));
    }
    assert_eq!(seen.len(), PROCESSES);
    assert!(seen.values().all(|lines| *lines == LINES), "{seen:?}");
    Ok(())
}

fn write(process: usize) -> ! {
    for line in 0..LINES {
        // Lengths from a few bytes to several hundred, so that lines break at every
        // place of the pipe's buffer.
        shared::say!("{process} {line} {}", "x".repeat(line * 7 % 900));
    }
    exit(0);
}
