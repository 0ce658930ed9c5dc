//! When and on what something is measured.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use super::figures::Setting;
use super::python::Python;

impl Setting {
    /// Here and now; Rust is that of the workspace's folder.
    pub fn here(root: &Path, python: &Python) -> Result<Self> {
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")
            .context("/proc/sys/kernel/osrelease")?;
        Ok(Self {
            date: said("date", &["-u", "+%Y-%m-%d"], root)?,
            cpu: cpu(&fs::read_to_string("/proc/cpuinfo").unwrap_or_default()),
            cores: std::thread::available_parallelism().map_or(1, NonZeroUsize::get),
            kernel: kernel.trim().to_owned(),
            python: python.version.clone(),
            rust: rust(root)?,
        })
    }

    /// `Intel(R) Xeon(R), 2 cores, Linux 6.1.0, Python 3.11, Rust 1.95.0, 2026-11-21`
    pub fn in_a_line(&self) -> String {
        self.parts().join(", ")
    }

    /// The same in two lines, which fit a terminal.
    pub fn in_two_lines(&self) -> String {
        self.parts().join(",\n")
    }

    /// The machine, and what it ran.
    fn parts(&self) -> [String; 2] {
        let Self { date, cpu, cores, kernel, python, rust } = self;
        [
            format!("{cpu}, {cores} cores"),
            format!("Linux {kernel}, Python {python}, Rust {rust}, {date}"),
        ]
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
    let said = said(&rustc, &["--version"], root)?;
    let version = said.split(' ').nth(1);
    Ok(version
        .with_context(|| format!("{} does not tell its version", rustc.display()))?
        .to_owned())
}

/// The line that a program prints.
fn said(program: impl AsRef<Path>, args: &[&str], folder: &Path) -> Result<String> {
    let program = program.as_ref();
    let output = Command::new(program)
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .with_context(|| program.display().to_string())?;
    ensure!(output.status.success(), "{}: {}", program.display(), output.status);
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
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
    fn a_date_has_a_year_a_month_and_a_day() {
        let date = said("date", &["-u", "+%Y-%m-%d"], Path::new(".")).expect("a date");
        let parts: Vec<usize> = date.split('-').map(str::len).collect();
        assert_eq!(parts, [4, 2, 2], "{date}");
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
