//! N2.14: a consumer finds the broker gone, and connects again until it is back.

use std::ops::Range;

use brokers::{Broker, RedisStream, kit};
use processes::Event;
use producer_consumer::ProcessQueue;
use shared::{Result, claim, pace, say};

type Eaten = ProcessQueue<String>;

pub fn play() -> Result {
    kit::redis(true, |redis| {
        let url = &redis.url();
        let (eaten, is_gone) = (Eaten::new(0)?, Event::new()?);
        redis.family().daemon("x", || eat(url, &eaten, &is_gone))?;
        put(url, 0..3)?;
        let before = next(&eaten, 3);
        redis.kill()?;
        // By then an attempt of x to connect has failed.
        let noticed = is_gone.wait_timeout(pace::secs(20.0));
        claim!(noticed, "x notices while it waits that the broker is gone");
        redis.start_again()?;
        put(url, 3..6)?;
        let after = next(&eaten, 3);
        claim!(
            before == ["apple 0", "apple 1", "apple 2"],
            "x ate the three apples that were put before the broker was killed"
        );
        claim!(
            after == ["apple 3", "apple 4", "apple 5"],
            "x is back, and ate the three apples that were put after the restart"
        );
        Ok(())
    })
}

fn put(url: &str, apples: Range<u32>) -> Result {
    let mut broker = RedisStream::connect(url, "apples")?;
    for apple in apples {
        say!("+++apple {apple}");
        broker.put(format!("apple {apple}").as_bytes())?;
    }
    Ok(())
}

fn eat(url: &str, eaten: &Eaten, is_gone: &Event) -> Result {
    let mut apples = brokers::connect(url, "apples")?;
    let mut left = 6;
    while left > 0 {
        match apples.get(pace::secs(100.0)) {
            Ok(Some(apple)) => {
                say!("x--{}", apple.text());
                let text = apple.text().into_owned();
                apples.ack(apple)?;
                eaten.put(text)?;
                left -= 1;
            }
            Ok(None) => break,
            Err(error) if error.is_gone() => {
                say!("x: the broker is gone");
                apples =
                    brokers::reconnect(url, "apples", pace::secs(100.0), |_failure| {
                        is_gone.set();
                    })?;
                say!("x: the broker is back");
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn next(eaten: &Eaten, count: usize) -> Vec<String> {
    (0..count).map_while(|_| eaten.get_timeout(pace::secs(20.0)).ok()).collect()
}
