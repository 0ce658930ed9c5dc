//! The program's own count of its system calls, against that of `strace -c`.

#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::process::Command;

use io_models::Call;

tests::main! {
    the_calls_counted_are_those_that_strace_counts,
    a_call_that_is_not_counted_would_be_seen,
}

type Counts = BTreeMap<&'static str, u64>;

fn the_calls_counted_are_those_that_strace_counts() {
    let (_, start) = traced("nothing");
    for model in [
        "blocking",
        "non-blocking",
        "select",
        "poll",
        "epoll",
        "signal-driven",
        "posix-aio",
        "asynchronous",
        "polled-ring",
    ] {
        let (counted, mut seen) = traced(model);
        for (name, count) in &mut seen {
            // The calls by which the program starts, prints and has a source.
            *count = count.checked_sub(start[name]).unwrap();
        }
        if cfg!(debug_assertions) && model == "epoll" {
            // std looks by fcntl whether the descriptor that it closes is open. (The
            // ring's is closed by its own crate.)
            *seen.get_mut("fcntl").unwrap() -= 1;
        }
        assert_eq!(counted, seen, "{model}");
    }
}

/// The comparison is no tautology: strace sees calls of which the program counts none.
fn a_call_that_is_not_counted_would_be_seen() {
    let (counted, seen) = traced("nothing");
    assert!(counted.values().all(|&count| count == 0), "{counted:?}");
    assert!(seen["write"] > 0 && seen["read"] > 0, "{seen:?}");
}

/// What the program counts, and what strace counts of the same run, both of the main
/// thread alone.
fn traced(model: &str) -> (Counts, Counts) {
    let summary = std::env::temp_dir().join(format!("strace-{}", std::process::id()));
    let names = Call::ALL.iter().flat_map(|call| call.names());
    // `?`: a name that this architecture has not is left out.
    let names: Vec<_> = names.map(|name| format!("?{name}")).collect();
    let run = Command::new("strace")
        .args(["-c", "-e", &format!("trace={}", names.join(",")), "-o"])
        .arg(&summary)
        .args([env!("CARGO_BIN_EXE_io-models"), "count", model])
        .output();
    let run = match run {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            tests::skip("strace is not installed", "apt-get install strace")
        }
        run => run.unwrap(),
    };
    let told = String::from_utf8(run.stderr).unwrap();
    if told.contains("io_uring") {
        tests::skip(&told, "run where io_uring is allowed");
    }
    assert!(run.status.success(), "{model}: {told}");
    let seen = std::fs::read_to_string(&summary).unwrap();
    std::fs::remove_file(&summary).unwrap();
    (counts(&String::from_utf8(run.stdout).unwrap(), 0, 1), counts(&seen, -1, 3))
}

/// The numbers of a table, by the names in one of its columns, counted from the end if
/// below zero.
fn counts(table: &str, name: isize, number: usize) -> Counts {
    let known = || Call::ALL.iter().map(|call| call.names());
    let mut counts: Counts = known().map(|names| (names[0], 0)).collect();
    for line in table.lines() {
        let columns: Vec<_> = line.split_whitespace().collect();
        let place = name.rem_euclid(columns.len().max(1) as isize) as usize;
        let is_named = |names: &&'static [&str]| {
            columns.get(place).is_some_and(|column| names.contains(column))
        };
        if let Some(names) = known().find(is_named) {
            let count = columns[number].parse::<u64>().unwrap();
            *counts.get_mut(names[0]).unwrap() += count;
        }
    }
    counts
}
