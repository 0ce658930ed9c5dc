//! What /proc tells of processes (proc(5)).

use std::collections::BTreeSet;
use std::fs;
use std::io;

/// A process as /proc shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    pub pid: i32,
    pub parent: i32,
    pub name: String,
    pub zombie: bool,
}

/// All processes below `root`, parents before their children.
pub fn descendants(root: i32) -> io::Result<Vec<Process>> {
    let mut others = all()?;
    let mut found: Vec<Process> = Vec::new();
    let mut parents = vec![root];
    while let Some(parent) = parents.pop() {
        let (children, rest): (Vec<_>, Vec<_>) =
            others.into_iter().partition(|it| it.parent == parent);
        parents.extend(children.iter().map(|child| child.pid));
        found.extend(children);
        others = rest;
    }
    Ok(found)
}

fn all() -> io::Result<Vec<Process>> {
    let mut processes = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().bytes().all(|byte| byte.is_ascii_digit())
        {
            // A process that has gone meanwhile is no longer of interest.
            let stat = fs::read(entry.path().join("stat")).unwrap_or_default();
            processes.extend(parse_stat(&String::from_utf8_lossy(&stat)));
        }
    }
    Ok(processes)
}

/// Reads `PID (NAME) STATE PPID …`; a name may hold blanks and parentheses.
fn parse_stat(stat: &str) -> Option<Process> {
    let (pid, rest) = stat.split_once(" (")?;
    let (name, rest) = rest.rsplit_once(") ")?;
    let mut fields = rest.split(' ');
    let zombie = matches!(fields.next()?, "Z" | "X");
    Some(Process {
        pid: pid.parse().ok()?,
        parent: fields.next()?.parse().ok()?,
        name: name.to_owned(),
        zombie,
    })
}

/// The TCP ports on which a process listens.
pub fn listening_ports(pid: i32) -> Vec<u16> {
    let sockets = sockets_of(pid);
    let mut ports = BTreeSet::new();
    for table in ["tcp", "tcp6"] {
        let text =
            fs::read_to_string(format!("/proc/{pid}/net/{table}")).unwrap_or_default();
        let listening = text.lines().filter_map(parse_listening);
        ports.extend(
            listening
                .filter(|(_, socket)| sockets.contains(socket))
                .map(|(port, _)| port),
        );
    }
    ports.into_iter().collect()
}

/// The inodes of the sockets that a process has open.
fn sockets_of(pid: i32) -> BTreeSet<u64> {
    let Ok(files) = fs::read_dir(format!("/proc/{pid}/fd")) else {
        return BTreeSet::new();
    };
    let targets = files.filter_map(|file| fs::read_link(file.ok()?.path()).ok());
    targets.filter_map(|target| parse_socket(&target.to_string_lossy())).collect()
}

fn parse_socket(link: &str) -> Option<u64> {
    link.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

/// Reads a line of /proc/PID/net/tcp: the port and the inode of a socket that listens.
fn parse_listening(line: &str) -> Option<(u16, u64)> {
    const LISTEN: &str = "0A";
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    let [_, local, _, LISTEN, _, _, _, _, _, inode, ..] = fields[..] else {
        return None;
    };
    let port = u16::from_str_radix(local.rsplit_once(':')?.1, 16).ok()?;
    Some((port, inode.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_look_like_the_rest_of_the_line() {
        let process =
            parse_stat("42 (a) Z 1 (b c) S 7 42 42 0 -1 4194560").expect("a process");
        assert_eq!(
            process,
            Process {
                pid: 42,
                parent: 7,
                name: "a) Z 1 (b c".to_owned(),
                zombie: false
            }
        );
        assert!(parse_stat("42 (sleep) Z 7 42").expect("a process").zombie);
        assert_eq!(parse_stat(""), None);
    }

    #[test]
    fn a_listening_socket_has_a_port_and_an_inode() {
        let line = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 \
                    00:00000000 00000000     0        0 97 1 0";
        assert_eq!(parse_listening(line), Some((8080, 97)));
        assert_eq!(
            parse_listening(&line.replace(" 0A ", " 01 ")),
            None,
            "connected, not listening"
        );
        assert_eq!(parse_listening("  sl  local_address rem_address   st"), None);
        assert_eq!(parse_socket("socket:[97]"), Some(97));
        assert_eq!(parse_socket("/dev/null"), None);
    }

    #[test]
    fn this_process_listens_where_it_says() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its address").port();
        assert!(listening_ports(std::process::id() as i32).contains(&port));
    }

    #[test]
    fn children_and_their_children_are_found() {
        let mut shell = std::process::Command::new("sh")
            .args(["-c", "sleep 100 & echo ready; wait"])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .expect("a shell");
        let mut ready = [0; 6];
        std::io::Read::read_exact(
            &mut shell.stdout.take().expect("its output"),
            &mut ready,
        )
        .expect("a line");
        let below = descendants(shell.id() as i32).expect("/proc");
        for process in &below {
            let pid = nix::unistd::Pid::from_raw(process.pid);
            nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL)
                .expect("killed");
        }
        shell.wait().expect("waited for");
        assert_eq!(
            below.iter().map(|it| it.parent).collect::<Vec<_>>(),
            [shell.id() as i32]
        );
    }
}
