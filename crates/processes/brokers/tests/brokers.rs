//! Each broker as the documentation promises it: errors of one line, and what becomes
//! of items, consumers and brokers that are killed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use brokers::kit::kills::{self, Discipline};
use brokers::kit::{self, Server};
use brokers::{
    Broker, Error, MAX_ITEM, Memcached, RabbitMq, RedisList, RedisReliable, RedisStream,
};
use tests::Ended;

tests::main! {
    items_come_in_order_and_are_acknowledged_once,
    a_wrong_password_is_named,
    a_queue_of_another_type_is_named,
    items_up_to_the_limit_pass,
    a_host_that_is_missing_is_named,
    a_broker_that_never_answers_is_lost,
    an_empty_queue_ends_the_wait,
    an_item_of_a_closed_connection_is_taken_over,
    killed_consumers_and_brokers_lose_nothing,
    lines_go_in_and_out_by_hand,
    a_broker_ends_with_the_scene_that_is_killed,
    rabbitmq_keeps_its_promises => Duration::from_mins(3),
}

const SHORT: Duration = Duration::from_millis(50);
const LONG: Duration = Duration::from_secs(3);

fn redis(body: impl FnOnce(&Server) -> shared::Result) {
    kit::redis(false, body).unwrap_or_else(|error| skip_or_panic(&error));
}

fn memcached(body: impl FnOnce(&Server) -> shared::Result) {
    kit::memcached(64, body).unwrap_or_else(|error| skip_or_panic(&error));
}

fn skip_or_panic(error: &shared::anyhow::Error) {
    match error.downcast_ref::<shared::Skipped>() {
        Some(skipped) => tests::skip(&skipped.reason, &skipped.remedy),
        None => panic!("{error:#}"),
    }
}

fn items_come_in_order_and_are_acknowledged_once() {
    redis(|redis| {
        in_order(&mut RedisList::connect(&redis.url(), "list")?)?;
        in_order(&mut RedisReliable::connect(&redis.url(), "reliable")?)?;
        let mut stream = RedisStream::connect(&redis.url(), "stream")?;
        in_order(&mut stream)?;
        assert_eq!(stream.unfinished()?, 0);
        Ok(())
    });
    memcached(|it| Ok(in_order(&mut Memcached::connect(&it.url(), "keys")?)?));
}

fn in_order(broker: &mut impl Broker) -> Result<(), Error> {
    let items: Vec<Vec<u8>> = (0..20_u8)
        .map(|item| [&[item, 0, b'\r', b'\n'], &[item; 9][..]].concat())
        .collect();
    for item in &items {
        broker.put(item)?;
    }
    broker.put(b"")?;
    for item in items.iter().map(Vec::as_slice).chain([&b""[..]]) {
        let delivery = broker.get(Duration::MAX)?.unwrap();
        assert_eq!((&*delivery.item, delivery.redelivered), (item, false));
        broker.ack(delivery)?;
    }
    assert!(broker.get(SHORT)?.is_none());
    Ok(())
}

fn a_wrong_password_is_named() {
    redis(|redis| {
        let url = redis.url();
        let (place, _) = url.split_once("://:").unwrap();
        let host = url.split_once('@').unwrap().1;
        for login in [":wrong@", ""] {
            let error = brokers::connect(&format!("{place}://{login}{host}"), "apples");
            let error = error.err().unwrap();
            assert!(matches!(error, Error::Login { .. }), "{error:?}");
            let line = error.to_string();
            assert!(line.starts_with(&format!("redis://{host} refuses the login: ")));
            assert!(!line.contains("wrong") && !line.contains('\n'), "{line}");
        }
        Ok(())
    });
}

fn a_queue_of_another_type_is_named() {
    redis(|redis| {
        let mut list = RedisList::connect(&redis.url(), "apples")?;
        list.put(b"apple")?;
        let error = RedisStream::connect(&redis.url(), "apples").err().unwrap();
        assert!(matches!(error, Error::OtherType { .. }), "{error:?}");
        let delivery = list.get(LONG)?.unwrap();
        let mut stream = RedisStream::connect(&redis.url(), "stream")?;
        let error = stream.ack(delivery).err().unwrap();
        assert!(matches!(error, Error::NotMine { .. }), "{error:?}");
        let mut list = RedisList::connect(&redis.url(), "stream")?;
        let error = list.put(b"apple").err().unwrap();
        assert!(matches!(error, Error::OtherType { .. }), "{error:?}");
        Ok(())
    });
}

fn items_up_to_the_limit_pass() {
    redis(|redis| {
        limit(&mut RedisList::connect(&redis.url(), "list")?)?;
        limit(&mut RedisReliable::connect(&redis.url(), "reliable")?)?;
        Ok(limit(&mut RedisStream::connect(&redis.url(), "stream")?)?)
    });
    memcached(|it| Ok(limit(&mut Memcached::connect(&it.url(), "keys")?)?));
}

fn limit(broker: &mut impl Broker) -> Result<(), Error> {
    let mut item = vec![7; MAX_ITEM];
    broker.put(&item)?;
    let delivery = broker.get(LONG)?.unwrap();
    assert!(delivery.item == item);
    broker.ack(delivery)?;
    item.push(7);
    let error = broker.put(&item).err().unwrap();
    assert!(matches!(error, Error::TooLarge { bytes, .. } if bytes == item.len()));
    Ok(())
}

fn a_host_that_is_missing_is_named() {
    for scheme in ["redis", "redis+list", "redis+reliable", "memcached", "amqp"] {
        for host in ["no-such-host.invalid", "127.0.0.1:1"] {
            let url = format!("{scheme}://{host}");
            let error = brokers::connect(&url, "apples").err().unwrap();
            assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
            let line = error.to_string();
            assert!(line.starts_with(&format!("cannot connect to {url}: ")), "{line}");
        }
    }
}

fn a_broker_that_never_answers_is_lost() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    for scheme in ["redis", "amqp"] {
        let url = format!("{scheme}://{}", silent.local_addr().unwrap());
        let begun = Instant::now();
        let error = brokers::connect(&url, "apples").err().unwrap();
        assert!(error.is_gone(), "{error:?}");
        assert!(begun.elapsed() < Duration::from_secs(30));
    }
    let url = format!("memcached://{}", silent.local_addr().unwrap());
    let mut keys = Memcached::connect(&url, "apples").unwrap();
    assert!(keys.get(SHORT).err().unwrap().is_gone());
}

fn an_empty_queue_ends_the_wait() {
    redis(|redis| {
        for queue in ["redis", "redis+list", "redis+reliable"] {
            let url = redis.url().replacen("redis", queue, 1);
            let mut broker = brokers::connect(&url, queue)?;
            assert!(broker.get(Duration::ZERO)?.is_none());
            assert!(broker.get(SHORT)?.is_none());
        }
        Ok(())
    });
}

fn an_item_of_a_closed_connection_is_taken_over() {
    redis(|redis| {
        let connect = || RedisReliable::connect(&redis.url(), "apples");
        let (mut x, mut y) = (connect()?, connect()?);
        x.put(b"apple 0")?;
        x.put(b"apple 1")?;
        let first = x.get(LONG)?.unwrap();
        let _second = x.get(LONG)?.unwrap();
        assert!(y.get(SHORT)?.is_none());
        let error = y.ack(first).err().unwrap();
        assert!(matches!(error, Error::NotMine { .. }), "{error:?}");
        drop(x);
        for item in ["apple 0", "apple 1"] {
            let apple = y.get(LONG)?.unwrap();
            assert_eq!((&*apple.text(), apple.redelivered), (item, true));
            y.ack(apple)?;
        }
        assert!(connect()?.get(SHORT)?.is_none());
        Ok(())
    });
}

fn killed_consumers_and_brokers_lose_nothing() {
    let seed = shared::seed::announce();
    let ended = kit::redis(true, |redis| {
        for discipline in [Discipline::Reliable, Discipline::Stream] {
            let outcome = kills::consumers(redis, discipline, 5, seed)?;
            assert_eq!(outcome.lost, 0, "{discipline:?}: {outcome:?}");
            assert!(outcome.accepted > 0, "{discipline:?}: {outcome:?}");
        }
        let outcome = kills::brokers(redis, "redis+reliable", 3, seed)?;
        assert_eq!(outcome.lost, 0, "{outcome:?}");
        assert!(outcome.accepted > 0, "{outcome:?}");
        Ok(())
    });
    ended.unwrap_or_else(|error| skip_or_panic(&error));
}

fn by_hand(arguments: &[&str], input: &[u8]) -> Ended {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(input).unwrap();
    let mut program = Command::new("sh");
    program
        .args(["-c", r#"exec "$0" "$@" < "$INPUT""#, env!("CARGO_BIN_EXE_brokers")])
        .args(arguments)
        .env("INPUT", file.path());
    tests::run(&mut program, Duration::from_secs(50))
}

fn lines_go_in_and_out_by_hand() {
    redis(|redis| {
        let url = &*redis.url();
        let put = by_hand(&["produce", "--url", url], b"red\n\ngreen");
        assert!(put.status.success(), "{}", put.stderr);
        assert_eq!(put.stderr, "put 3 items\n");
        let got = by_hand(&["consume", "--url", url, "--wait", "0"], b"");
        assert!(got.status.success(), "{}", got.stderr);
        assert_eq!(got.stdout, "red\n\ngreen\n");

        let large = vec![b'.'; MAX_ITEM + 1];
        let refused = by_hand(&["produce", "--url", url], &large);
        assert_eq!(refused.status.code(), Some(1));
        assert_eq!(refused.stderr.lines().count(), 1, "{}", refused.stderr);
        assert!(refused.stderr.contains("line 1: "), "{}", refused.stderr);
        assert!(refused.stderr.contains("524289 bytes"), "{}", refused.stderr);

        let wrong = url.replacen("://:", "://:not", 1);
        let refused = by_hand(&["consume", "--url", &wrong], b"");
        assert_eq!(refused.status.code(), Some(1));
        assert!(refused.stderr.contains("refuses the login"), "{}", refused.stderr);
        Ok(())
    });
    let refused = by_hand(&["consume", "--url", "apples"], b"");
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        refused.stderr.contains("\"apples\" is not the URL of a broker"),
        "{}",
        refused.stderr
    );
}

/// The scene is killed in the middle: Redis ends with it, and the next one removes the
/// folder.
fn a_broker_ends_with_the_scene_that_is_killed() {
    redis(|_| Ok(()));
    let folder = tempfile::tempdir().unwrap();
    let mut scene = Command::new(env!("CARGO_BIN_EXE_brokers"))
        .args(["redis"])
        .env("TMPDIR", folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap();
    let mut output = std::io::BufReader::new(scene.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("+++apple") {
        line.clear();
        assert!(std::io::BufRead::read_line(&mut output, &mut line).unwrap() > 0);
    }
    let folders = || std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(folders(), 1);
    scene.kill().unwrap();
    scene.wait().unwrap();
    // All that the scene has started has its output.
    std::io::Read::read_to_end(&mut output, &mut Vec::new()).unwrap();
    let mut next = Command::new(env!("CARGO_BIN_EXE_brokers"));
    let next = next.arg("redis").env("TMPDIR", folder.path());
    assert!(tests::run(next, Duration::from_secs(50)).status.success());
    assert_eq!(folders(), 0);
}

/// All in one, for it takes long to start.
fn rabbitmq_keeps_its_promises() {
    let ended = kit::rabbitmq(|rabbitmq| {
        let url = rabbitmq.url();
        let wrong = url.replacen("user:", "user:not", 1);
        // Its client has threads, so each connection is made in a child.
        let child = |name: &str, body: &dyn Fn() -> shared::Result| {
            let child = rabbitmq.family().spawn(name, body)?;
            assert!(child.join()?.is_ok(), "{name}");
            Ok::<(), shared::anyhow::Error>(())
        };
        child("errors", &|| {
            let error = RabbitMq::connect(&wrong, "apples").unwrap_err();
            assert!(matches!(error, Error::Login { .. }), "{error:?}");
            assert!(!error.to_string().contains("not"), "{error}");
            Ok(())
        })?;
        child("order", &|| {
            let mut apples = RabbitMq::connect(&url, "apples")?;
            in_order(&mut apples)?;
            Ok(limit(&mut apples)?)
        })?;
        child("producer", &|| {
            let mut apples = RabbitMq::connect(&url, "apples")?;
            apples.put(b"apple 0")?;
            Ok(apples.put(b"apple 1")?)
        })?;
        rabbitmq.kill()?;
        rabbitmq.start_again()?;
        child("consumer", &|| {
            let mut apples = RabbitMq::connect(&url, "apples")?;
            for item in ["apple 0", "apple 1"] {
                let apple = apples.get(LONG)?.unwrap();
                assert_eq!(apple.text(), item);
                apples.ack(apple)?;
            }
            Ok(())
        })
    });
    ended.unwrap_or_else(|error| skip_or_panic(&error));
}
