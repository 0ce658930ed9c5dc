//! A server that runs out of descriptors: it goes on serving, does not busy-loop,
//! and accepts again.

use std::time::{Duration, Instant};

use crate::kit::{Client, PATIENCE, reports};
use crate::{Event, Protocol, Server};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::time::TimeValLike as _;

/// Clients come while there is room for a few only. The limit is that of the whole
/// process, so this must be its only test that runs.
pub fn serves_on_and_accepts_again(
    serve: fn(&Server) -> anyhow::Result<()>,
    protocol: Protocol,
) {
    let (report, reports) = reports();
    let server = Server::local(protocol).unwrap().reporting(report);
    // The kernel connects them before the server accepts, so their own descriptors are
    // not among those that lack.
    let connect = |_| {
        Client::connect_only(server.address(), Protocol { greeting: "", ..protocol })
            .unwrap()
    };
    let mut clients: Vec<Client> = (0..12).map(connect).collect();
    let wait_for = |what: fn(&Event) -> bool| {
        reports.wait_for(PATIENCE, what).expect("the event never came")
    };

    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    // The lowest free descriptor, and five more: one of them for the server's own
    // epoll.
    let lowest = std::os::fd::AsRawFd::as_raw_fd(
        &std::fs::File::open("/proc/self/exe").unwrap(),
    ) as u64;
    setrlimit(Resource::RLIMIT_NOFILE, lowest + 5, hard).unwrap();
    server
        .during(serve, |_| {
            let event = wait_for(|event| matches!(event, Event::Exhausted { .. }));
            assert!(event.to_string().contains("Too many open files"), "{event}");

            // The accepted clients are served, while no other can be accepted.
            for _ in 0..20 {
                clients[0].ask("still served?").unwrap();
            }
            let (before, begin) = (cpu_time(), Instant::now());
            std::thread::sleep(Duration::from_millis(500));
            let busy = cpu_time().saturating_sub(before).as_secs_f64()
                / begin.elapsed().as_secs_f64();
            assert!(
                busy < 0.2,
                "the process is busy for {busy:.2} of the time, and nothing happens"
            );

            // Each client that leaves makes room. The last one is accepted when all but
            // a few have left, each answered.
            for mut client in clients.drain(..) {
                client.ask("in at last?").unwrap();
            }
            wait_for(|event| matches!(event, Event::Accepting));
            anyhow::Ok(())
        })
        .unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, soft, hard).unwrap();
}

fn cpu_time() -> Duration {
    let usage =
        nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_SELF)
            .unwrap();
    Duration::from_micros(
        (usage.user_time() + usage.system_time()).num_microseconds() as u64
    )
}
