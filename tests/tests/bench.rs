//! `cargo xtask bench`: both sides measured in turn, on a workspace whose benches give
//! fixed figures.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use tempfile::TempDir;
use tests::{Ended, LONG, python, run, xtask};

const MANIFEST: &str = r#"
[workspace]
members = ["crates/*"]
resolver = "3"
"#;

const TOPIC: &str = r#"
[package]
name = "apples"
edition = "2024"

[[bench]]
name = "count"
harness = false
"#;

/// Takes 2 microseconds for an operation.
const OURS: &str = r##"
use std::io::Write as _;

fn main() {
    assert!(std::env::args().any(|it| it == "--bench"));
    let log = std::env::var_os("BENCH_LOG").unwrap();
    let mut log = std::fs::File::options().create(true).append(true).open(log).unwrap();
    let figures = r#""ops": 1000, "seconds": 0.002, "cpu_seconds": 0.001"#;
    writeln!(log, r#"{{"bench": "count/ours", {figures}}}"#).unwrap();
}
"##;

/// Takes three times as long.
const PYTHON: &str = r#"
import json
figures = {"ops": 500, "seconds": 0.003, "cpu_seconds": 0.002}
print(json.dumps({"bench": "count/python", **figures}))
"#;

const FAILING: &str = r#"
fn main() {
    eprintln!("no pears");
    std::process::exit(3);
}
"#;

#[derive(Debug, Deserialize)]
struct Figures {
    figures: Vec<Figure>,
    failures: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
struct Figure {
    case: String,
    side: String,
    rounds: usize,
    ns: f64,
    ratio: Option<f64>,
    cpu_ns: f64,
}

fn write(folder: &Path, path: &str, content: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, content).expect("written");
}

fn bench(folder: &Path) -> (Ended, Figures) {
    let mut command = xtask();
    command.args(["bench", "--rounds", "2", "--json"]).current_dir(folder);
    let ended = run(command.env("CARGO_TARGET_DIR", folder.join("target")), LONG);
    let figures = serde_json::from_str(&ended.stdout);
    let figures = figures.unwrap_or_else(|error| panic!("{error}: {ended:?}"));
    (ended, figures)
}

#[test]
fn both_sides_are_measured_in_each_round_and_a_failure_is_told() {
    if !python() {
        return;
    }
    let folder = TempDir::new().expect("a folder");
    let folder = folder.path();
    write(folder, "Cargo.toml", MANIFEST);
    write(folder, "crates/apples/Cargo.toml", TOPIC);
    write(folder, "crates/apples/src/main.rs", "fn main() {}");
    write(folder, "crates/apples/benches/count.rs", OURS);
    write(folder, "crates/apples/benches/count.py", PYTHON);
    let (ended, measured) = bench(folder);
    assert!(ended.status.success() && measured.failures.is_empty(), "{ended:?}");
    let [ours, python] = &measured.figures[..] else { panic!("{measured:?}") };
    for (figure, side, ns, cpu_ns) in
        [(ours, "ours", 2_000.0, 1_000.0), (python, "python", 6_000.0, 4_000.0)]
    {
        assert_eq!((&*figure.case, &*figure.side, figure.rounds), ("count", side, 2));
        assert!((figure.ns - ns).abs() < 0.1, "{figure:?}");
        assert!((figure.cpu_ns - cpu_ns).abs() < 0.1, "{figure:?}");
    }
    assert!((python.ratio.expect("a ratio") - 3.0).abs() < 0.001, "{python:?}");

    let with_another =
        format!("{TOPIC}\n[[bench]]\nname = \"fails\"\nharness = false\n");
    write(folder, "crates/apples/Cargo.toml", &with_another);
    write(folder, "crates/apples/benches/fails.rs", FAILING);
    let (ended, measured) = bench(folder);
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    assert_eq!(measured.failures["apples/fails"], "exit code 3: no pears");
    assert_eq!(measured.figures.len(), 2, "{measured:?}");
}
