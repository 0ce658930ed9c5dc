//! The simulator on the command line.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::{Command, Output};

use serde_json::Value;

fn run(arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_scheduling"));
    program.arg("run").args(arguments).output().unwrap()
}

#[test]
fn it_draws_the_chart_of_the_jobs() {
    let output = run(&["--policy", "rr:4", "a:0:5", "b:2:3"]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.starts_with(
            "round robin, quantum 4\n   0    5\na  ████░░░█\nb    ░░███\n"
        )
    );
    assert!(
        text.contains("\nmean                             6.50     2.50      1.00\n")
    );
    assert!(text.ends_with("\n4–7 b: its turn\n7–8 a: no other job was ready\n"));
}

#[test]
fn json_has_the_slices_and_the_times() {
    let jobs = ["a:0:5:io=3+4", "b:2:3:deadline=4"];
    let output = run(&["--json", "--policy", "fcfs", jobs[0], jobs[1]]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let number = |pointer: &str| json.pointer(pointer).unwrap().as_u64().unwrap();
    assert_eq!(json["policy"], "first come first served");
    assert_eq!(json["slices"].as_array().unwrap().len(), 3);
    assert_eq!(json["slices"][1]["job"], "b");
    assert_eq!((number("/slices/1/begin"), number("/slices/1/end")), (3, 6));
    assert_eq!((number("/io/0/begin"), number("/io/0/end")), (3, 7));
    assert_eq!(number("/jobs/0/turnaround"), 9);
    assert_eq!(json["jobs"][1]["late"], true);
    assert_eq!(json["means"]["turnaround"], "6.50");
}

#[test]
fn what_is_wrong_is_named_in_one_line() {
    for (policy, job, line) in [
        ("rr:4", "b:2:0", "scheduling: job b: the burst is 0; the least is 1"),
        ("rr:4", "a:2:3", "scheduling: job a: another job has the same name"),
        ("rr:0", "b:2:3", "scheduling: round robin: the quantum is 0; the least is 1"),
        ("rr:4", "b:2", "scheduling: job \"b:2\": its burst is missing"),
        (
            "edf",
            "b:2:3",
            "scheduling: job a: it has no deadline; earliest deadline first needs one",
        ),
        (
            "eevdf:1",
            "b:2:3:20",
            "scheduling: job b: its nice value is 20; it lies between -20 and 19",
        ),
        (
            "fcfs",
            "b:18446744073709551615:1",
            "scheduling: job a: it may end later than 2^64-1, the last moment there is",
        ),
        (
            "rr:1",
            "b:2:9999999",
            "scheduling: the schedule has more than 1048576 slices; use longer quanta",
        ),
    ] {
        let output = run(&["--policy", policy, "a:0:5", job]);
        assert_eq!(output.status.code(), Some(1), "{policy} {job}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), format!("{line}\n"));
        assert!(output.stdout.is_empty());
    }
    // Without a job the command line is wrong.
    assert_eq!(run(&[]).status.code(), Some(2));
}
