//! The environment of `cargo xtask twin`, with the packages that the twins import.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use tests::{Ended, LONG, python, run, xtask};

/// A house without topics, with what its twins would import.
struct House {
    folder: TempDir,
}

impl House {
    fn new() -> Self {
        let house = Self { folder: TempDir::new().expect("a folder") };
        fs::create_dir(house.folder.path().join("wheels")).expect("a folder");
        house
    }

    fn require(&self, requirement: &str) {
        fs::write(self.folder.path().join("requirements.txt"), requirement)
            .expect("written");
    }

    /// Runs the runner there, where pip finds nothing but the wheels of this house.
    fn twin(&self) -> Ended {
        let mut command = xtask();
        command.arg("--crates").arg(self.folder.path()).arg("twin");
        command.env("CARGO_TARGET_DIR", self.folder.path().join("target"));
        command
            .env("PIP_NO_INDEX", "1")
            .env("PIP_FIND_LINKS", self.folder.path().join("wheels"));
        run(&mut command, LONG)
    }

    fn environments(&self) -> Vec<PathBuf> {
        let all =
            fs::read_dir(self.folder.path().join("target/twin")).expect("the folder");
        all.map(|entry| entry.expect("an entry").path()).collect()
    }

    /// A wheel with nothing but a module `apples` in it.
    fn wheel(&self, version: &str) {
        let build = Command::new("python3")
            .args(["-c", WHEEL, version])
            .current_dir(self.wheels())
            .status();
        assert!(build.expect("python3").success());
    }

    fn wheels(&self) -> PathBuf {
        self.folder.path().join("wheels")
    }
}

const WHEEL: &str = r#"
import sys, zipfile
name = f"apples-{sys.argv[1]}"
with zipfile.ZipFile(f"{name}-py3-none-any.whl", "w") as wheel:
    wheel.writestr("apples.py", f"VERSION = '{sys.argv[1]}'\n")
    metadata = ["Metadata-Version: 2.1", "Name: apples", f"Version: {sys.argv[1]}"]
    wheel.writestr(f"{name}.dist-info/METADATA", "\n".join(metadata))
    of_wheel = ["Wheel-Version: 1.0", "Root-Is-Purelib: true", "Tag: py3-none-any"]
    wheel.writestr(f"{name}.dist-info/WHEEL", "\n".join(of_wheel))
    wheel.writestr(f"{name}.dist-info/RECORD", "")
"#;

#[test]
fn an_environment_is_made_whole_or_not_at_all_and_anew_for_other_requirements() {
    if !python() {
        return;
    }
    let house = House::new();
    house.require("apples==1.0\n");
    let failed = house.twin();
    assert_eq!(failed.status.code(), Some(1));
    let said = failed.stderr.lines().last().expect("a line");
    assert!(
        said.starts_with("xtask: cannot install what the twins import (")
            && said.contains("a network"),
        "{said}"
    );
    assert!(said.ends_with("No matching distribution found for apples==1.0"), "{said}");
    assert_eq!(house.environments(), Vec::<PathBuf>::new(), "nothing half-made");

    let version = |environment: &Path| {
        let mut python = Command::new(environment.join("bin/python"));
        run(python.args(["-c", "import apples; print(apples.VERSION)"]), LONG).stdout
    };
    house.wheel("1.0");
    let made = house.twin();
    assert!(made.stderr.starts_with("making "), "{}", made.stderr);
    let first = house.environments();
    assert_eq!(
        first.iter().map(|it| version(it)).collect::<Vec<_>>(),
        ["1.0\n"],
        "{}",
        made.stderr
    );
    let again = house.twin();
    assert!(!again.stderr.contains("making "), "{}", again.stderr);

    house.wheel("2.0");
    house.require("apples==2.0\n");
    assert!(house.twin().stderr.starts_with("making "));
    let mut both = house.environments();
    both.retain(|it| !first.contains(it));
    assert_eq!(both.iter().map(|it| version(it)).collect::<Vec<_>>(), ["2.0\n"]);
}
