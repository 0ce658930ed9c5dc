//! What the members' manifests say, and what Cargo makes of it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use tests::{LONG, root, run};

use crate::tree::{none, sources};

/// Dependencies that a member may declare by itself, because they are optional and
/// heavy.
const OPTIONAL: [&str; 0] = [];

/// Crates that take long to build, or that all others wait for.
const BUILT_ONCE: [&str; 9] = [
    "clap",
    "clap_builder",
    "nix",
    "processes",
    "rustix",
    "serde",
    "serde_core",
    "shared",
    "tokio",
];

#[test]
fn versions_and_features_stand_in_the_workspace() {
    let mut faults = Vec::new();
    for manifest in sources(&["toml"]) {
        let is_member = manifest.path.ends_with("Cargo.toml")
            && manifest.path.components().count() > 1;
        if !is_member {
            continue;
        }
        let mut in_dependencies = false;
        for (line, number) in manifest.text.lines().zip(1..) {
            if let Some(section) = line.strip_prefix('[') {
                in_dependencies =
                    section.trim_end_matches(']').ends_with("dependencies");
            } else if in_dependencies && !line.is_empty() {
                let name = line.split(['.', ' ']).next().unwrap_or_default();
                if line != format!("{name}.workspace = true")
                    && !OPTIONAL.contains(&name)
                {
                    faults
                        .push(format!("{}:{number}: {line}", manifest.path.display()));
                }
            }
        }
    }
    none(&faults, "a member's dependency is `x.workspace = true` and nothing more");
}

/// Cargo resolves features anew for each `-p`: a crate whose features differ between
/// two members, or between a build and a test, is built once for each set of features.
#[test]
fn crates_that_take_long_are_built_twice_at_most() {
    let mut variants: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for edges in ["normal", "normal,dev"] {
        for member in members() {
            let mut tree = Command::new(env!("CARGO"));
            tree.args(["tree", "--quiet", "--prefix", "none", "--no-dedupe"])
                .args(["--format", "{p} [{f}]", "--edges", edges, "--package", &member])
                .current_dir(root());
            let tree = run(&mut tree, LONG);
            assert!(tree.status.success(), "{}", tree.stderr);
            for line in tree.stdout.lines() {
                let (package, features) = line.split_once(" [").unwrap();
                let (name, rest) = package.split_once(' ').unwrap();
                if BUILT_ONCE.contains(&name) {
                    let version = rest.split(' ').next().unwrap_or_default();
                    variants
                        .entry(format!("{name} {version}"))
                        .or_default()
                        .insert(features.to_owned());
                }
            }
        }
    }
    // Each of them is found, or the test would compare nothing.
    for name in BUILT_ONCE {
        let prefix = format!("{name} ");
        assert!(variants.keys().any(|package| package.starts_with(&prefix)), "{name}");
    }
    let many: Vec<_> = variants
        .iter()
        .filter(|(_, features)| features.len() > 2)
        .map(|(package, features)| format!("{package}: {features:#?}"))
        .collect();
    none(&many, "the union of all features stands in the workspace's manifest");
}

fn members() -> Vec<String> {
    let mut metadata = Command::new(env!("CARGO"));
    metadata
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root());
    let metadata = run(&mut metadata, LONG);
    assert!(metadata.status.success(), "{}", metadata.stderr);
    let metadata: serde_json::Value = serde_json::from_str(&metadata.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    packages.iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect()
}
