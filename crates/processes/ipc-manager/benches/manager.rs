//! Operations a second on what a manager keeps (N3.3): a dict's `insert` and `get`, a
//! list's `append`.
//!
//! The case names the operation and how many client processes ask at once; an operation
//! is one question and its answer. Sides: a [`Manager`], and a bare pair of Unix
//! sockets for each client, with a process at the other end that answers as many bytes
//! as the manager would and neither reads nor keeps anything. Only the operations are
//! timed, not the start of the processes; the CPU time is that of all of them, over
//! what they use to start and end.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ipc_manager::{Error, Manager};
use processes::{Event, Family, Outcome};
use shared::bench::{Measured, cpu_time, record};

/// How many keys a client uses.
const KEYS: u64 = 100;

/// A question of so many bytes, and an answer of so many, heads included.
type Bytes = (usize, usize);

/// Does an operation, which is told its number, in one process for each client.
type Operation = fn(&Manager, u64) -> Box<dyn Fn(u64) -> Result<(), Error> + '_>;

const OPERATIONS: [(&str, Operation, Bytes); 3] = [
    ("dict-insert", insert, (13, 8)),
    ("dict-get", get, (11, 8)),
    ("list-append", append, (11, 5)),
];

fn operations(criterion: &mut Criterion) {
    for (name, operation, bytes) in OPERATIONS {
        for clients in [1, 4] {
            let case = format!("{name}-{clients}");
            let mut group = criterion.benchmark_group(&case);
            group.throughput(Throughput::Elements(1)).sample_size(10);
            group.bench_function("Manager", |bencher| {
                bencher.iter_custom(|count| {
                    measured(format!("{case}/Manager"), count, || {
                        managed(operation, clients, count)
                    })
                });
            });
            group.bench_function("sockets", |bencher| {
                bencher.iter_custom(|count| {
                    measured(format!("{case}/sockets"), count, || {
                        bare(bytes, clients, count)
                    })
                });
            });
        }
    }
}

fn measured(bench: String, ops: u64, run: impl FnOnce() -> Duration) -> Duration {
    let before = cpu_time();
    let time = run();
    let cpu_seconds = cpu_time().saturating_sub(before).as_secs_f64();
    record(&Measured { bench, ops, seconds: time.as_secs_f64(), cpu_seconds });
    time
}

fn insert(
    manager: &Manager,
    client: u64,
) -> Box<dyn Fn(u64) -> Result<(), Error> + '_> {
    let dict = manager.dict::<u64, u64>().expect("a dict");
    Box::new(move |i| dict.insert(&(client * KEYS + i % KEYS), &i).map(drop))
}

fn get(manager: &Manager, client: u64) -> Box<dyn Fn(u64) -> Result<(), Error> + '_> {
    let dict = manager.dict::<u64, u64>().expect("a dict");
    for key in 0..KEYS {
        dict.insert(&(client * KEYS + key), &key).expect("room");
    }
    Box::new(move |i| dict.get(&(client * KEYS + i % KEYS)).map(drop))
}

fn append(manager: &Manager, _: u64) -> Box<dyn Fn(u64) -> Result<(), Error> + '_> {
    let list = manager.list::<u64>([]).expect("a list");
    Box::new(move |i| list.push(&i))
}

fn managed(operation: Operation, clients: u64, count: u64) -> Duration {
    in_scope(|family| {
        let manager = Manager::start(family).expect("a manager");
        at_once(
            family,
            clients,
            |client| {
                let operate = operation(&manager, client);
                move |i| operate(i).expect("it is done")
            },
            count,
        )
    })
}

fn bare((question, answer): Bytes, clients: u64, count: u64) -> Duration {
    in_scope(|family| {
        let each = count.div_ceil(clients);
        let mut lines: Vec<_> = (0..clients)
            .map(|_| {
                let (here, mut there) = UnixStream::pair().expect("a pair");
                let echo = move || {
                    let mut bytes = [0; 64];
                    for _ in 0..each {
                        there.read_exact(&mut bytes[..question]).expect("a question");
                        there.write_all(&bytes[..answer]).expect("a client asks");
                    }
                };
                start(family, "answers", echo);
                Some(here)
            })
            .collect();
        at_once(
            family,
            clients,
            |client| {
                let mut line = lines[client as usize].take().expect("a line each");
                let mut bytes = [0; 64];
                move |_| {
                    line.write_all(&bytes[..question]).expect("the server answers");
                    line.read_exact(&mut bytes[..answer]).expect("an answer");
                }
            },
            count,
        )
    })
}

/// Starts so many clients, and once all of them are ready has them do `count`
/// operations together.
fn at_once<F: FnMut(u64)>(
    family: &Family,
    clients: u64,
    mut client: impl FnMut(u64) -> F,
    count: u64,
) -> Duration {
    let each = count.div_ceil(clients);
    let go = Event::new().expect("memory");
    let events = || (0..clients).map(|_| Event::new().expect("memory"));
    let (ready, done): (Vec<_>, Vec<_>) = (events().collect(), events().collect());
    for number in 0..clients {
        let mut operate = client(number);
        let (ready, done) = (&ready[number as usize], &done[number as usize]);
        start(family, "asks", || {
            operate(0);
            ready.set();
            go.wait();
            (1..each).for_each(operate);
            done.set();
        });
        ready.wait();
    }
    let begin = Instant::now();
    go.set();
    done.iter().for_each(Event::wait);
    begin.elapsed()
}

fn in_scope(work: impl FnOnce(&Family) -> Duration) -> Duration {
    processes::scope(|family| {
        let time = work(family);
        family.join()?;
        Ok::<_, processes::Error>(time)
    })
    .expect("all processes end well")
}

fn start<R: Outcome>(family: &Family, name: &str, body: impl FnOnce() -> R) {
    family.spawn(name, body).expect("a process");
}

criterion_group!(benches, operations);
criterion_main!(benches);
