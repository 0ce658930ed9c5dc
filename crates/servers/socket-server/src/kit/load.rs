//! A load on a server: many clients on one thread, each of which asks anew as soon as
//! it has been answered.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

use hdrhistogram::Histogram;

use super::loader::Loader;
use crate::kit::{Client, PATIENCE};
use crate::{Error, Protocol, allow_descriptors};

/// How long a load lasts.
#[derive(Clone, Copy, Debug)]
pub enum Until {
    /// So many requests, over all clients.
    Requests(u64),
    /// So much time.
    Time(Duration),
}

/// Clients that load a server, all on the thread that calls [`Load::run`].
///
/// ```
/// use socket_server::kit::{Load, Until};
/// use socket_server::{Protocol, Server, thread_per_connection};
///
/// let server = Server::local(Protocol::UPPER)?;
/// let outcome = server.during(thread_per_connection, |address| {
///     Load::connect(address, Protocol::UPPER, 5, 64)?.run(Until::Requests(100))
/// })?;
/// assert_eq!((outcome.requests, outcome.errors), (100, 0));
/// # Ok::<(), socket_server::Error>(())
/// ```
#[derive(Debug)]
pub struct Load {
    address: SocketAddr,
    protocol: Protocol,
    epoll: Epoll,
    clients: Vec<Loader>,
    idle: Vec<Client>,
    /// How often a client resets its connection instead of waiting for the answer.
    resets: Option<(f64, fastrand::Rng)>,
}

/// What came of a load.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How many requests were answered rightly.
    pub requests: u64,
    /// How long they took together.
    pub time: Duration,
    /// The time within which half of the answers came.
    pub p50: Duration,
    /// The time within which 99 of 100 answers came.
    pub p99: Duration,
    /// The longest time that an answer took.
    pub worst: Duration,
    /// The answers of the client that got fewest, over the mean: 1 is perfectly fair.
    pub fairness: f64,
    /// How many connections the clients have reset on purpose.
    pub resets: u64,
    /// How many answers were wrong, missing or cut off.
    pub errors: u64,
    /// The first of these errors.
    pub first_error: Option<String>,
}

impl Load {
    /// Connects so many clients, which ask in messages of `size` bytes, and waits until
    /// each has been answered once.
    ///
    /// # Errors
    /// [`Error::Descriptors`] if there are more clients than open files allowed; those
    /// of [`Client`].
    pub fn connect(
        address: SocketAddr,
        protocol: Protocol,
        clients: usize,
        size: usize,
    ) -> Result<Self, Error> {
        allow_descriptors(clients as u64 + 64)?;
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)
            .map_err(Error::os("make an epoll"))?;
        let mut load = Self {
            address,
            protocol,
            epoll,
            clients: Vec::new(),
            idle: Vec::new(),
            resets: None,
        };
        for number in 0..clients {
            let stream = load.connected(number)?;
            load.clients.push(Loader::new(number, stream, size.max(1), protocol));
        }
        let warm = load.run(Until::Requests(clients as u64))?;
        match warm.first_error {
            None => Ok(load),
            Some(error) => Err(io::Error::other(error))
                .map_err(Error::os("get a first answer for each client")),
        }
    }

    /// Adds so many connections that say nothing while the others load.
    ///
    /// # Errors
    /// As [`Load::connect`].
    pub fn idle(mut self, connections: usize) -> Result<Self, Error> {
        allow_descriptors((self.clients.len() + connections) as u64 + 64)?;
        for _ in 0..connections {
            self.idle.push(Client::connect(self.address, self.protocol)?);
        }
        Ok(self)
    }

    /// Lets clients reset their connection, in so many of 1 requests, when they have
    /// asked and before they are answered.
    #[must_use]
    pub fn resetting(mut self, share: f64, random: fastrand::Rng) -> Self {
        self.resets = (share > 0.0).then_some((share, random));
        self
    }

    /// Loads the server. Every byte that it answers is checked; a client whose answer
    /// is wrong or missing connects anew.
    ///
    /// # Errors
    /// [`Error::Connect`] and its like if a client cannot connect anew.
    pub fn run(&mut self, until: Until) -> Result<Outcome, Error> {
        let begin = Instant::now();
        let mut tally = Tally {
            until,
            begin,
            asked: 0,
            times: times()?,
            resets: 0,
            errors: 0,
            first_error: None,
        };
        self.clients.iter_mut().for_each(|client| client.served = 0);
        let mut asking = 0;
        for number in 0..self.clients.len() {
            asking += usize::from(self.ask(number, begin, &mut tally)?);
        }
        let mut events = vec![EpollEvent::empty(); self.clients.len().clamp(1, 1024)];
        while asking > 0 {
            let patience =
                EpollTimeout::try_from(PATIENCE).unwrap_or(EpollTimeout::MAX);
            let count = match self.epoll.wait(&mut events, patience) {
                Ok(0) => {
                    tally.fail(format!(
                        "{asking} clients got no answer in {} s",
                        PATIENCE.as_secs()
                    ));
                    break;
                }
                Ok(count) => count,
                Err(Errno::EINTR) => continue,
                Err(error) => return Err(Error::os("wait for answers")(error)),
            };
            for event in &events[..count] {
                let number = event.data() as usize;
                if self.go_on(number, &mut tally)? {
                    asking -=
                        usize::from(!self.ask(number, Instant::now(), &mut tally)?);
                }
            }
        }
        Ok(tally.outcome(&self.clients))
    }

    /// Lets a client ask, unless the load is over.
    fn ask(
        &mut self,
        number: usize,
        now: Instant,
        tally: &mut Tally,
    ) -> Result<bool, Error> {
        while tally.begins_another(now) {
            self.clients[number].ask(now);
            if self.go_on(number, tally)? {
                continue;
            }
            if !self
                .resets
                .as_mut()
                .is_some_and(|(share, random)| random.f64() < *share)
            {
                return Ok(true);
            }
            tally.resets += 1;
            self.connect_anew(number)?;
        }
        Ok(false)
    }

    /// Sends and receives what a client can; true when its request is done with, well
    /// or not.
    fn go_on(&mut self, number: usize, tally: &mut Tally) -> Result<bool, Error> {
        let client = &mut self.clients[number];
        if client.asked_at.is_none() {
            // A server that closes an idle connection is seen when the client asks
            // next.
            return Ok(false);
        }
        match client.go_on() {
            Ok(Some(time)) => {
                tally.times.saturating_record(nanoseconds(time));
                return Ok(true);
            }
            Ok(None) if client.is_sending() != client.watched_for_sending => {
                client.watched_for_sending = client.is_sending();
                let mut event = interest(number, client.watched_for_sending);
                self.epoll
                    .modify(&client.stream, &mut event)
                    .map_err(Error::os("watch a connection"))?;
            }
            Ok(None) => {}
            Err(error) => {
                tally.fail(error.to_string());
                self.connect_anew(number)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn connect_anew(&mut self, number: usize) -> Result<(), Error> {
        let stream = self.connected(number)?;
        self.clients[number].begin_with(stream)
    }

    fn connected(&self, number: usize) -> Result<TcpStream, Error> {
        let stream = Client::connect_only(self.address, self.protocol)?.into_stream();
        stream
            .set_nonblocking(true)
            .map_err(Error::os("make a connection non-blocking"))?;
        self.epoll
            .add(&stream, interest(number, false))
            .map_err(Error::os("watch a connection"))?;
        Ok(stream)
    }
}

fn interest(number: usize, sending: bool) -> EpollEvent {
    let flags = if sending {
        EpollFlags::EPOLLIN | EpollFlags::EPOLLOUT
    } else {
        EpollFlags::EPOLLIN
    };
    EpollEvent::new(flags, number as u64)
}

/// Times of up to an hour, to three digits.
fn times() -> Result<Histogram<u64>, Error> {
    let longest = nanoseconds(Duration::from_hours(1));
    Histogram::new_with_max(longest, 3)
        .map_err(io::Error::other)
        .map_err(Error::os("make a histogram"))
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// What a run counts.
struct Tally {
    until: Until,
    begin: Instant,
    asked: u64,
    /// In nanoseconds.
    times: Histogram<u64>,
    resets: u64,
    errors: u64,
    first_error: Option<String>,
}

impl Tally {
    fn begins_another(&mut self, now: Instant) -> bool {
        let goes_on = match self.until {
            Until::Requests(count) => self.asked < count,
            Until::Time(time) => now.duration_since(self.begin) < time,
        };
        self.asked += u64::from(goes_on);
        goes_on
    }

    fn fail(&mut self, error: String) {
        self.errors += 1;
        self.first_error.get_or_insert(error);
    }

    fn outcome(self, clients: &[Loader]) -> Outcome {
        let served = clients.iter().map(|client| client.served);
        let mean = served.clone().sum::<u64>() as f64 / clients.len().max(1) as f64;
        Outcome {
            requests: self.times.len(),
            time: self.begin.elapsed(),
            p50: Duration::from_nanos(self.times.value_at_quantile(0.5)),
            p99: Duration::from_nanos(self.times.value_at_quantile(0.99)),
            worst: Duration::from_nanos(self.times.max()),
            fairness: served.min().map_or(1.0, |least| least as f64 / mean.max(1e-9)),
            resets: self.resets,
            errors: self.errors,
            first_error: self.first_error,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rate = self.requests as f64 / self.time.as_secs_f64();
        let micros = |time: Duration| time.as_nanos() as f64 / 1e3;
        write!(
            formatter,
            "{} requests in {:.2} s: {rate:.0} requests/s, p50 {:.0} µs, p99 {:.0} \
             µs, worst {:.1} ms, fairness {:.3}, resets {}, errors {}",
            self.requests,
            self.time.as_secs_f64(),
            micros(self.p50),
            micros(self.p99),
            micros(self.worst) / 1e3,
            self.fairness,
            self.resets,
            self.errors
        )?;
        self.first_error
            .as_ref()
            .map_or(Ok(()), |error| write!(formatter, " (the first: {error})"))
    }
}
