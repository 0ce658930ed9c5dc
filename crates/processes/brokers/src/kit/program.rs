//! The programs of the brokers, and how each is started.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use shared::{Result, skip};

use crate::link::Link;
use crate::memcached::Memcached;
use crate::place::Place;

/// A broker's program, and how it is set up.
#[derive(Debug, Clone, Copy)]
pub enum Program {
    /// With what it has accepted on disk, or without.
    Redis { durable: bool },
    /// With so much memory for items.
    Memcached { megabytes: u32 },
    /// With its data on disk.
    RabbitMq,
}

/// How far the port for other nodes is from that for clients.
const OTHER_NODES: u16 = 6_000;

impl Program {
    /// The scheme of its URLs.
    pub fn scheme(self) -> &'static str {
        match self {
            Self::Redis { .. } => "redis",
            Self::Memcached { .. } => "memcached",
            Self::RabbitMq => "amqp",
        }
    }

    /// The URL on this port of the loopback, with this password.
    pub fn url(self, port: u16, password: &str) -> String {
        match self {
            Self::Redis { .. } => format!("redis://:{password}@127.0.0.1:{port}"),
            Self::Memcached { .. } => format!("memcached://127.0.0.1:{port}"),
            Self::RabbitMq => format!("amqp://user:{password}@127.0.0.1:{port}/%2f"),
        }
    }

    /// Whether it does what it is asked.
    pub fn is_ready(self, url: &str) -> bool {
        match self {
            Self::Redis { .. } => Link::connect(url, "").is_ok(),
            Self::Memcached { .. } => Memcached::connect(url, "ready").is_ok(),
            // It listens when all else is ready. Its client would start threads, and
            // the scene has to fork.
            Self::RabbitMq => Place::parse(url)
                .is_ok_and(|place| TcpStream::connect(place.address(5672)).is_ok()),
        }
    }

    /// The command that becomes the broker, on this port, with this password.
    ///
    /// # Errors
    /// [`Skipped`](shared::Skipped) if the program is not installed.
    pub fn command(self, folder: &Path, port: u16, password: &str) -> Result<Command> {
        match self {
            Self::Redis { durable } => redis(durable, folder, port, password),
            Self::Memcached { megabytes } => memcached(megabytes, port),
            Self::RabbitMq => rabbitmq(folder, port, password),
        }
    }
}

/// Where the program of that name is, in a folder of `PATH` or among those of the
/// system.
///
/// ```
/// assert!(brokers::kit::find("sh").is_some_and(|path| path.ends_with("sh")));
/// assert!(brokers::kit::find("no-such-broker").is_none());
/// ```
#[must_use]
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Daemons are not in a user's PATH. RabbitMQ's script there is another one: it
    // works only for root and for the user of the package.
    let system = ["/usr/lib/rabbitmq/bin", "/usr/sbin", "/usr/local/sbin"];
    system
        .map(PathBuf::from)
        .into_iter()
        .chain(std::env::split_paths(&path))
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

fn redis(durable: bool, folder: &Path, port: u16, password: &str) -> Result<Command> {
    let Some(program) = find("redis-server") else {
        skip!("redis-server is not installed"; "sudo apt install redis-server");
    };
    let port = port.to_string();
    let on_disk = if durable { "yes" } else { "no" };
    let mut command = Command::new(program);
    command
        .args(["--bind", "127.0.0.1", "--port", &port, "--requirepass", password])
        // No snapshots. A log of all commands, if any, which is on disk before Redis
        // answers.
        .args(["--save", "", "--appendonly", on_disk, "--appendfsync", "always"])
        .arg("--dir")
        .arg(folder);
    Ok(command)
}

fn memcached(megabytes: u32, port: u16) -> Result<Command> {
    let Some(program) = find("memcached") else {
        skip!("memcached is not installed"; "sudo apt install memcached");
    };
    let (port, megabytes) = (port.to_string(), megabytes.to_string());
    let mut command = Command::new(program);
    command.args([
        "-l",
        "127.0.0.1",
        "-p",
        &port,
        "-U",
        "0",
        "-m",
        &megabytes,
        "-t",
        "2",
    ]);
    // It asks root to name the user that it becomes. Another one would drop the wish to
    // be killed with its parent, PR_SET_PDEATHSIG.
    if nix::unistd::geteuid().is_root() {
        command.args(["-u", "root"]);
    }
    Ok(command)
}

fn rabbitmq(folder: &Path, port: u16, password: &str) -> Result<Command> {
    let Some(program) = find("rabbitmq-server") else {
        skip!("rabbitmq-server is not installed"; "sudo apt install rabbitmq-server");
    };
    let settings = folder.join("rabbitmq.conf");
    std::fs::write(
        &settings,
        format!(
            "listeners.tcp.1 = 127.0.0.1:{port}\ndefault_user = user\n\
             default_pass = {password}\n"
        ),
    )?;
    let mut command = Command::new(program);
    command
        .env("HOME", folder)
        // A kill must not leave a dump in the folder of the caller.
        .env("ERL_CRASH_DUMP_SECONDS", "0")
        .env("RABBITMQ_NODENAME", "apples@localhost")
        .env("RABBITMQ_CONFIG_FILE", settings)
        .env("RABBITMQ_CONF_ENV_FILE", "/dev/null")
        .env("RABBITMQ_ENABLED_PLUGINS_FILE", folder.join("plugins"))
        .env("RABBITMQ_MNESIA_BASE", folder.join("mnesia"))
        .env("RABBITMQ_LOG_BASE", folder)
        .env("RABBITMQ_LOGS", "-")
        // The script becomes Erlang, instead of a shell that waits for it.
        .env("RABBITMQ_ALLOW_INPUT", "1")
        // One node alone: no daemon that knows the ports of all (epmd), so a fixed port
        // for other nodes, and no schedulers that spin while they are idle.
        .env(
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
            format!(
                "-noinput -sname apples@localhost -start_epmd false \
                 -erl_epmd_port {} -kernel inet_dist_use_interface {{127,0,0,1}} \
                 +sbwt none +sbwtdcpu none +sbwtdio none",
                port + OTHER_NODES
            ),
        );
    Ok(command)
}
