//! N2.14: the broker is killed and started again; what it kept on disk is there.

use std::time::Duration;

use brokers::{Broker, Memcached, RedisStream, kit};
use shared::{Result, claim, pace, say};

pub fn play() -> Result {
    kit::redis(true, |redis| {
        let stream = || RedisStream::connect(&redis.url(), "apples");
        let mut apples = stream()?;
        put_three(&mut apples)?;
        let apple = apples.get(pace::secs(30.0))?;
        say!("x has {}", apple.as_ref().map_or("nothing".into(), |it| it.text()));
        redis.kill()?;
        redis.start_again()?;
        say!("Redis with a log on disk was killed and started again");
        let mut apples = stream()?.claim_after(Duration::ZERO);
        claim!(
            apples.unfinished()? == 3,
            "Redis with a log on disk keeps all three apples that it has accepted"
        );
        let again = apples.get(pace::secs(30.0))?;
        claim!(
            again.is_some_and(|it| it.redelivered && it.item == b"apple 0"),
            "Redis still knows that apple 0 was in a hand"
        );
        Ok(())
    })?;
    kit::redis(false, |redis| {
        let stream = || RedisStream::connect(&redis.url(), "apples");
        put_three(&mut stream()?)?;
        redis.kill()?;
        redis.start_again()?;
        say!("Redis without one was killed and started again");
        claim!(
            stream()?.unfinished()? == 0,
            "Redis without a log on disk has lost all three apples"
        );
        Ok(())
    })?;
    kit::memcached(64, |memcached| {
        let connect = || Memcached::connect(&memcached.url(), "apples");
        put_three(&mut connect()?)?;
        memcached.kill()?;
        memcached.start_again()?;
        say!("Memcached was killed and started again");
        claim!(
            connect()?.get(Duration::ZERO)?.is_none(),
            "Memcached has lost all three apples"
        );
        Ok(())
    })
}

fn put_three(apples: &mut impl Broker) -> Result {
    for apple in ["apple 0", "apple 1", "apple 2"] {
        apples.put(apple.as_bytes())?;
    }
    say!("main: three apples are accepted");
    Ok(())
}
