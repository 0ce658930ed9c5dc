//! Echo servers on one thread, each in a process of its own, so that its CPU time is
//! its own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener as StdListener, TcpStream as StdStream};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::resource::{Resource, getrlimit};
use nix::time::{clock_getcpuclockid, clock_gettime};
use nix::unistd::Pid;
use socket_server::{Protocol, Server, listen};

/// Ours first, then the libraries that others use, then a loop that does nothing but
/// echo, then Python's.
pub const SIDES: [&str; 6] = [
    "selectors-server",
    "tokio",
    "mio",
    "bare-epoll",
    "python-selectors",
    "python-gevent",
];

/// Names the server that this process is to be, for the process that is started as one.
const SIDE: &str = "ECHO_SERVER";

/// A server in a process of its own; ended when dropped.
pub struct Peer {
    child: Child,
    pub address: SocketAddr,
}

impl Peer {
    /// Starts one; none where it cannot be had here (Python or gevent may lack), which
    /// is told on standard error.
    pub fn start(side: &str) -> Option<Self> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/echo.py");
        let mut command = if let Some(name) = side.strip_prefix("python-") {
            // `cargo xtask bench` names the one that has gevent.
            let mut python = Command::new(
                std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into()),
            );
            python.args([script, "--serve", name]);
            python
        } else {
            Command::new(std::env::current_exe().expect("this program's path"))
        };
        // It inherits where it may run.
        let (loads, serves) = *CORES;
        stay_on(serves);
        let spawned = command
            .env(SIDE, side)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        stay_on(loads);
        let mut child = spawned
            .inspect_err(|error| eprintln!("{side} is left out: {error}"))
            .ok()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take()?)
            .read_line(&mut line)
            .expect("the server's address");
        if line.is_empty() && side.starts_with("python-") {
            // It has said why.
            child.wait().expect("its end");
            return None;
        }
        let address = line.trim().parse().expect("an address");
        Some(Self { child, address })
    }

    /// The CPU time it has used so far, of all its threads.
    pub fn cpu_time(&self) -> Duration {
        let clock = clock_getcpuclockid(Pid::from_raw(self.child.id() as i32))
            .expect("its CPU clock");
        clock_gettime(clock).expect("its CPU time").into()
    }

    /// The memory it has in use, in bytes.
    #[allow(dead_code, reason = "not every bench asks for it")]
    pub fn memory(&self) -> u64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))
                .expect("its status");
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .expect("its memory");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _reaped_already = self.child.wait();
    }
}

/// The core that loads and the one that serves, one only if no other may be used. Left
/// to itself the kernel moves server and load about, and finds now one place for both
/// and now another, which moves the figures by a fifth.
static CORES: LazyLock<(usize, usize)> = LazyLock::new(|| {
    let allowed = sched_getaffinity(Pid::from_raw(0)).expect("the cores");
    let mut cores =
        (0..CpuSet::count()).filter(|&core| allowed.is_set(core).unwrap_or(false));
    let first = cores.next().expect("a core");
    (first, cores.next_back().unwrap_or(first))
});

/// Keeps this thread, and whatever it starts from now on, on a core.
fn stay_on(core: usize) {
    let mut cores = CpuSet::new();
    cores.set(core).expect("a core");
    sched_setaffinity(Pid::from_raw(0), &cores).expect("to stay on it");
}

/// If this process was started as a server, is it, until it is killed.
pub fn be_one_if_asked() {
    let Ok(side) = std::env::var(SIDE) else { return };
    socket_server::allow_descriptors(descriptors()).expect("enough descriptors");
    // So that a server does not outlive a bench that is killed.
    std::thread::spawn(|| {
        let _ended = std::io::stdin().read(&mut [0]);
        std::process::exit(0);
    });
    match side.as_str() {
        "selectors-server" => {
            let server = Server::local(Protocol::ECHO).expect("a server");
            println!("{}", server.address());
            selectors_server::callbacks::<selectors_server::Epoll>(&server, |_| ())
                .expect("to serve");
        }
        "tokio" => serve_by_tokio(listener()),
        "mio" => serve_by_mio(listener()),
        _ => serve_by_epoll(&listener()),
    }
    std::process::exit(1);
}

/// How many files a process may have open, if it asks for that.
pub fn descriptors() -> u64 {
    getrlimit(Resource::RLIMIT_NOFILE).expect("the limit on open files").1
}

fn listener() -> StdListener {
    let listener = listen("127.0.0.1", 0).expect("a listener");
    println!("{}", listener.local_addr().expect("an address"));
    listener
}

fn serve_by_tokio(listener: StdListener) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
        loop {
            let (mut stream, _) = listener.accept().await.expect("a client");
            stream.set_nodelay(true).expect("no delay");
            tokio::spawn(async move {
                let mut buffer = [0; 1024];
                while let Ok(count @ 1..) = stream.read(&mut buffer).await {
                    if stream.write_all(&buffer[..count]).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
}

/// mio is edge-triggered: a read that fills the buffer must be followed by another. One
/// that does not is the last, which saves a system call.
fn serve_by_mio(listener: StdListener) {
    use mio::net::{TcpListener, TcpStream};
    use mio::{Events, Interest, Poll, Token};
    let mut listener = TcpListener::from_std(listener);
    let (mut poll, mut events) =
        (Poll::new().expect("a poll"), Events::with_capacity(1024));
    poll.registry()
        .register(&mut listener, Token(0), Interest::READABLE)
        .expect("to register");
    let mut clients: Vec<Option<TcpStream>> = vec![None];
    let mut buffer = [0; 1024];
    loop {
        poll.poll(&mut events, None).expect("events");
        for event in &events {
            let place = event.token().0;
            if place == 0 {
                while let Ok((mut stream, _)) = listener.accept() {
                    stream.set_nodelay(true).expect("no delay");
                    let token = Token(clients.len());
                    poll.registry()
                        .register(&mut stream, token, Interest::READABLE)
                        .expect("to register");
                    clients.push(Some(stream));
                }
            }
            while let Some(stream) = &mut clients[place] {
                match stream.read(&mut buffer) {
                    Ok(count @ 1..) if stream.write_all(&buffer[..count]).is_ok() => {
                        if count < buffer.len() {
                            break;
                        }
                    }
                    Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                        break;
                    }
                    _ => clients[place] = None,
                }
            }
        }
    }
}

/// The least that can be done: no care for slow readers, resets, or anything else.
fn serve_by_epoll(listener: &StdListener) {
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC).expect("an epoll");
    epoll.add(listener, EpollEvent::new(EpollFlags::EPOLLIN, 0)).expect("to watch");
    let mut clients: Vec<Option<StdStream>> = vec![None];
    let mut events = vec![EpollEvent::empty(); 1024];
    let mut buffer = [0; 1024];
    loop {
        let count = epoll.wait(&mut events, EpollTimeout::NONE).expect("events");
        for event in &events[..count] {
            let place = event.data() as usize;
            if place == 0 {
                while let Ok((stream, _)) = listener.accept() {
                    stream
                        .set_nonblocking(true)
                        .and_then(|()| stream.set_nodelay(true))
                        .expect("no delay");
                    let event =
                        EpollEvent::new(EpollFlags::EPOLLIN, clients.len() as u64);
                    epoll.add(&stream, event).expect("to watch");
                    clients.push(Some(stream));
                }
            }
            if let Some(stream) = &mut clients[place] {
                match stream.read(&mut buffer) {
                    Ok(count @ 1..) if stream.write_all(&buffer[..count]).is_ok() => {}
                    _ => clients[place] = None,
                }
            }
        }
    }
}
