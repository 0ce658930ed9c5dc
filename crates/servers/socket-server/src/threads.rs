//! The ways to run a server: one thread, a thread for each client, a pool of threads.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::thread::{Builder, Scope};

use nix::poll::PollFlags;
use shared::trace;

use crate::connection;
use crate::server::RETRY;
use crate::wait::{Woken, wait};
use crate::{Accepted, Error, Event, Server};

/// N1.7: serves one client at a time; the next one waits, connected, until the first
/// has gone.
///
/// Returns when the server is stopped.
///
/// # Errors
/// [`Error::Os`] if the listener itself is unusable. What befalls a connection is
/// reported as an [`Event`].
pub fn one_at_a_time(server: &Server) -> Result<(), Error> {
    while let Some((stream, peer)) = next(server)? {
        connection::serve(server, &stream, peer)?;
    }
    Ok(())
}

/// N1.8, N4.1: starts a thread for each client, named `client-1` and so on.
///
/// As many threads as clients: a thousand cost a thousand stacks, and the machine's
/// scheduler decides the rest.
///
/// The connection is moved into its thread. The thread that accepts the next client
/// cannot close this one (E0382):
/// ```compile_fail,E0382
/// # fn talk(_: &std::net::TcpStream) {}
/// let listener = std::net::TcpListener::bind("127.0.0.1:8081")?;
/// let (connection, _) = listener.accept()?;
/// std::thread::spawn(move || talk(&connection));
/// drop(connection);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// As [`one_at_a_time`].
pub fn thread_per_connection(server: &Server) -> Result<(), Error> {
    std::thread::scope(|scope| {
        for number in 1_u64.. {
            let Some((stream, peer)) = next(server)? else { break };
            if let Err(error) = start(scope, server, number, stream, peer) {
                // The machine has no room for another thread. Those there are go on;
                // this client is sent away.
                server.tell(&Event::Refused { peer, error: error.to_string() });
            }
        }
        Ok(())
    })
}

fn start<'scope>(
    scope: &'scope Scope<'scope, '_>,
    server: &'scope Server,
    number: u64,
    stream: TcpStream,
    peer: SocketAddr,
) -> io::Result<()> {
    let named = Builder::new().name(format!("client-{number}"));
    named.spawn_scoped(scope, move || {
        // An error is told like the end of any connection: it must not end the others.
        if let Err(error) = connection::serve(server, &stream, peer) {
            server.tell(&Event::Broken { peer, error: error.to_string() });
        }
    })?;
    Ok(())
}

/// The answer to N4.1's ten thousand clients: so many threads, named `worker-1` and so
/// on, and never one more.
///
/// Each serves one client after the other, to its end. A client that has to wait does
/// so in the kernel's queue of connections ([`BACKLOG`](crate::BACKLOG)), where it
/// costs this process nothing, not even a descriptor.
///
/// # Errors
/// [`Error::NoThreads`] if `threads` is 0; [`Error::Os`] if they cannot be started, or
/// as [`one_at_a_time`].
pub fn pool(server: &Server, threads: usize) -> Result<(), Error> {
    if threads == 0 {
        return Err(Error::NoThreads);
    }
    std::thread::scope(|scope| {
        let workers: Vec<_> = (1..=threads)
            .map(|number| {
                let named = Builder::new().name(format!("worker-{number}"));
                named
                    .spawn_scoped(scope, || stopping_all(server, one_at_a_time(server)))
            })
            .collect();
        let results: Vec<_> = workers
            .into_iter()
            .map(|worker| {
                // What has been started must end, or the scope would wait for it for
                // ever.
                let worker = stopping_all(
                    server,
                    worker.map_err(Error::os("start a worker's thread")),
                )?;
                worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect();
        results.into_iter().collect()
    })
}

/// Where one worker fails, the others stop as well.
fn stopping_all<T>(server: &Server, done: Result<T, Error>) -> Result<T, Error> {
    if done.is_err() {
        server.stop().set();
    }
    done
}

/// Waits for the next client; none when the server stops.
fn next(server: &Server) -> Result<Option<(TcpStream, SocketAddr)>, Error> {
    let _waiting = trace::waiting("for a client");
    while wait(server.listener(), PollFlags::POLLIN, Some(server.stop()), None)?
        != Woken::Stopped
    {
        // Several workers may have been woken for one client, and all but one find
        // none.
        match server.accept()? {
            Accepted::Client(stream, peer) => return Ok(Some((stream, peer))),
            Accepted::NoClient => {}
            // The listener stays readable, so waiting for it would be no wait at all.
            Accepted::Exhausted(_) => {
                wait(server.stop(), PollFlags::POLLIN, None, Some(RETRY))?;
            }
        }
    }
    Ok(None)
}
