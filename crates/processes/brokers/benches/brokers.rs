//! Items a second from one producer to one consumer over each broker, each item put,
//! got and acknowledged in turn (N2.14).

use std::time::Duration;

use brokers::kit::{self, Server};
use brokers::{Broker, Memcached, RabbitMq, RedisList, RedisStream};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const ITEM: &[u8] = b"apple 123456";

fn round_trips(criterion: &mut Criterion) {
    let mut bench = |name: &str, connect: &dyn Fn() -> Box<dyn Broker>| {
        let case = format!("round-trip/{name}");
        let mut group = criterion.benchmark_group("round-trip");
        group.throughput(Throughput::Elements(1)).sample_size(10);
        group.bench_function(name, |bencher| {
            let mut broker = connect();
            bencher.iter_custom(|items| {
                shared::bench::run(&case, items, || pass(&mut *broker, items))
            });
        });
    };
    let played = kit::redis(false, |redis| {
        let url = redis.url();
        bench("RedisList", &|| {
            Box::new(RedisList::connect(&url, "list").expect("a list"))
        });
        bench("RedisStream", &|| {
            Box::new(RedisStream::connect(&url, "stream").expect("a stream"))
        });
        Ok(())
    });
    let played = played.and_then(|()| {
        kit::memcached(64, |memcached| {
            let url = memcached.url();
            bench("Memcached", &|| {
                Box::new(Memcached::connect(&url, "keys").expect("keys"))
            });
            Ok(())
        })
    });
    let played = played.and_then(|()| {
        kit::rabbitmq(|rabbitmq: &Server| {
            let url = rabbitmq.url();
            bench("RabbitMq", &|| {
                Box::new(RabbitMq::connect(&url, "apples").expect("a queue"))
            });
            Ok(())
        })
    });
    played.expect("all brokers are installed, and start");
}

fn pass(broker: &mut dyn Broker, items: u64) {
    for _ in 0..items {
        broker.put(ITEM).expect("a broker that is there");
        let got = broker.get(Duration::from_secs(3)).expect("a broker that is there");
        broker.ack(got.expect("the item")).expect("a broker that is there");
    }
}

criterion_group!(benches, round_trips);
criterion_main!(benches);
