//! The lines of many processes never mix: eight of them write 10,000 lines each into
//! one pipe.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, pipe};
use std::process::Command;

const PROCESSES: usize = 8;
const LINES: usize = 10_000;

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("write") => write(&std::env::args().nth(2).unwrap()),
        Some("--list") => println!("lines_of_many_processes_never_mix: test"),
        _ => {
            lines_of_many_processes_never_mix();
            println!("test lines_of_many_processes_never_mix ... ok");
        }
    }
}

fn write(process: &str) {
    for line in 0..LINES {
        // Lengths from a few bytes to several hundred, so that lines break at every
        // place of the pipe's buffer.
        shared::say!("{process} {line} {}", "x".repeat(line * 7 % 900));
    }
}

fn lines_of_many_processes_never_mix() {
    let (reader, writer) = pipe().unwrap();
    let mut children = Vec::new();
    for process in 0..PROCESSES {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["write", &process.to_string()])
            .stdout(writer.try_clone().unwrap());
        children.push(command.spawn().unwrap());
    }
    drop(writer);

    let mut seen = HashMap::new();
    for line in BufReader::new(reader).lines() {
        let line = line.unwrap();
        let [process, number, filling] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("mixed: {line:?}")
        };
        let next: &mut usize = seen.entry(process.to_owned()).or_default();
        assert_eq!(number, next.to_string(), "lost or out of order: {line:?}");
        assert_eq!(filling, "x".repeat(*next * 7 % 900), "mixed: {line:?}");
        *next += 1;
    }
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(seen.len(), PROCESSES);
    assert!(seen.values().all(|lines| *lines == LINES), "{seen:?}");
}
