//! When and on what something is measured.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use super::figures::Setting;
use super::python::Python;

impl Setting {
    /// Here and now; Rust is that of the workspace's folder.
    pub fn here(root: &Path, python: &Python) -> Result<Self> {
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")
            .context("/proc/sys/kernel/osrelease")?;
        Ok(Self {
            date: jiff::Timestamp::now().strftime("%Y-%m-%d").to_string(),
            cpu: cpu(&fs::read_to_string("/proc/cpuinfo").unwrap_or_default()),
            cores: std::thread::available_parallelism().map_or(1, NonZeroUsize::get),
            kernel: kernel.trim().to_owned(),
            python: python.version.clone(),
            rust: rust(root)?,
        })
    }

    /// `Intel(R) Xeon(R), 2 cores, Linux 6.1.0, Python 3.11.7, Rust 1.95.0, 2026-11-21`.
    pub fn in_a_line(&self) -> String {
        let Self { date, cpu, cores, kernel, python, rust } = self;
        format!(
            "{cpu}, {cores} cores, Linux {kernel}, Python {python}, Rust {rust}, \
             {date}"
        )
    }
}

/// The model that /proc/cpuinfo names; the architecture where it names none, as on many
/// ARMs.
fn cpu(cpuinfo: &str) -> String {
    let lines = cpuinfo.lines().filter_map(|line| line.split_once(':'));
    let model = lines
        .filter(|(key, _)| key.trim() == "model name")
        .map(|(_, model)| model.trim())
        .next();
    model.filter(|model| !model.is_empty()).unwrap_or(std::env::consts::ARCH).to_owned()
}

/// The version of the compiler that cargo uses there.
fn rust(root: &Path) -> Result<String> {
    let rustc =
        std::env::var_os("RUSTC").map_or_else(|| PathBuf::from("rustc"), PathBuf::from);
    let output = Command::new(&rustc)
        .arg("--version")
        .current_dir(root)
        .stdin(Stdio::null())
        .output();
    let said =
        String::from_utf8(output.with_context(|| rustc.display().to_string())?.stdout)?;
    let version = said.split(' ').nth(1);
    Ok(version
        .with_context(|| format!("{} does not tell its version", rustc.display()))?
        .trim()
        .to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cpu_is_called_by_its_model_or_else_by_its_architecture() {
        assert_eq!(
            cpu("processor\t: 0\nmodel name\t: A B: C\nmodel name\t: D\n"),
            "A B: C"
        );
        assert_eq!(cpu("processor\t: 0\nBogoMIPS\t: 50\n"), std::env::consts::ARCH);
    }

    #[test]
    fn the_compiler_has_a_version_of_numbers() {
        let version = rust(Path::new(".")).expect("a version");
        assert!(
            version.split('.').count() == 3 && version.starts_with('1'),
            "{version}"
        );
    }
}
