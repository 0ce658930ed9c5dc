//! The processes of the machine, as /proc lists them.

use std::fmt;
use std::path::Path;

use nix::unistd::Pid;

/// A process, as it was a moment ago.
#[derive(Debug, Clone)]
pub struct Process {
    pub pid: u32,
    pub parent: u32,
    /// Whether it has ended and its parent has not waited for it.
    pub is_zombie: bool,
    /// Its command line; the name of its program where it has none.
    pub command: String,
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pid, is_zombie, command, .. } = self;
        write!(f, "{} {pid} ({command})", if *is_zombie { "zombie" } else { "process" })
    }
}

impl Process {
    pub fn pid(&self) -> Pid {
        Pid::from_raw(self.pid as i32)
    }

    /// The process of this folder of /proc; nothing if it has gone.
    fn read(folder: &Path) -> Option<Self> {
        let pid = folder.file_name()?.to_str()?.parse().ok()?;
        let stat = std::fs::read_to_string(folder.join("stat")).ok()?;
        // The name stands in parentheses, and may hold some itself.
        let (numbered_name, rest) = stat.rsplit_once(") ")?;
        let mut fields = rest.split(' ');
        let is_zombie = matches!(fields.next()?, "Z" | "X");
        let parent = fields.next()?.parse().ok()?;
        let line = std::fs::read_to_string(folder.join("cmdline")).unwrap_or_default();
        let command = if line.is_empty() {
            numbered_name.split_once('(')?.1.to_owned()
        } else {
            line.trim_end_matches('\0').replace('\0', " ")
        };
        Some(Self { pid, parent, is_zombie, command })
    }
}

/// All descendants of a process, in no particular order.
pub fn below(root: u32) -> Vec<Process> {
    let folders = std::fs::read_dir("/proc").expect("/proc").filter_map(Result::ok);
    let all = folders.filter_map(|folder| Process::read(&folder.path()));
    let (mut found, mut others): (Vec<Process>, Vec<Process>) =
        all.partition(|process| process.parent == root);
    let mut next = 0;
    while let Some(parent) = found.get(next).map(|process| process.pid) {
        let (children, rest) =
            others.into_iter().partition(|process| process.parent == parent);
        found.extend::<Vec<_>>(children);
        others = rest;
        next += 1;
    }
    found
}
