//! Managers at their limits: values that are too long, no descriptor that is free, and
//! calls from unusual places.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::park;
use std::time::Duration;

use ipc_manager::{Dict, Error, List, Manager, Value};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use processes::{Event, Exit, Family, SIGKILL, scope};
use serde::{Deserialize, Deserializer, Serialize};

const LONG: Duration = Duration::from_secs(3);

/// Longer than a message may be.
const TOO_LONG: usize = 17 << 20;

tests::main! {
    an_update_that_is_too_long_gives_the_lock_back,
    an_inner_update_that_is_too_long_leaves_the_lock_to_the_outer,
    a_manager_without_descriptors_is_busy_and_not_gone,
    a_client_without_descriptors_says_so,
    a_value_may_use_a_proxy_while_it_is_decoded,
    a_panic_while_a_value_is_decoded_gives_the_lock_back,
    a_fork_of_a_dead_holder_does_not_keep_the_lock,
}

fn an_update_that_is_too_long_gives_the_lock_back() -> Result<(), Error> {
    scope(|family| {
        let manager = Manager::start(family)?;
        let long = || vec![7_u8; TOO_LONG];
        let value: Value<Vec<u8>> = manager.value(&vec![1])?;
        assert!(matches!(value.update(|_| long()), Err(Error::TooLong)));
        is_free(family, &value)?;
        let list: List<Vec<u8>> = manager.list([vec![1]])?;
        assert!(matches!(list.update(0, |_| long()), Err(Error::TooLong)));
        is_free(family, &value)?;
        let dict: Dict<u8, Vec<u8>> = manager.dict()?;
        assert!(matches!(dict.update(&0, |_| long()), Err(Error::TooLong)));
        is_free(family, &value)?;
        assert_eq!(value.get()?, [1], "nothing has changed");
        assert!(dict.is_empty()? && list.get(0)? == Some(vec![1]));
        Ok(())
    })
}

fn an_inner_update_that_is_too_long_leaves_the_lock_to_the_outer() -> Result<(), Error>
{
    scope(|family| {
        let value: Value<Vec<u8>> = Manager::start(family)?.value(&vec![1])?;
        let other = value.clone();
        let mut waiting = None;
        value.update(|old| {
            let inner = other.update(|_| vec![7; TOO_LONG]);
            assert!(matches!(inner, Err(Error::TooLong)));
            let child = family.spawn("other", || other.get().map(drop)).unwrap();
            assert_eq!(child.join_timeout(Duration::from_millis(20)).unwrap(), None);
            waiting = Some(child);
            old
        })?;
        assert_eq!(waiting.unwrap().join_timeout(LONG)?, Some(Exit::Ok));
        Ok(())
    })
}

/// Asserts that another process gets what the manager keeps.
fn is_free(family: &Family, value: &Value<Vec<u8>>) -> Result<(), Error> {
    let other = family.spawn("other", || value.update(|old| old).map(drop))?;
    assert_eq!(other.join_timeout(LONG)?, Some(Exit::Ok), "the lock is not free");
    Ok(())
}

fn a_manager_without_descriptors_is_busy_and_not_gone() -> Result<(), Error> {
    scope(|family| {
        let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
        setrlimit(Resource::RLIMIT_NOFILE, 32, hard).unwrap();
        let manager = Manager::start(family)?;
        setrlimit(Resource::RLIMIT_NOFILE, soft, hard).unwrap();
        let value = manager.value(&0)?;
        let holders: Vec<_> = (0..32)
            .map(|number| {
                let (done, refused) = (Event::new().unwrap(), Event::new().unwrap());
                let holder = family.spawn(&format!("holder-{number}"), || {
                    let got = value.get();
                    match got {
                        Ok(_) => {}
                        Err(Error::Busy { .. }) => refused.set(),
                        Err(error) => panic!("{error}"),
                    }
                    done.set();
                    park();
                })?;
                assert!(done.wait_timeout(LONG), "client {number} got no answer");
                Ok((holder, refused.is_set()))
            })
            .collect::<Result<_, Error>>()?;
        let served = holders.iter().filter(|(_, refused)| !refused).count();
        assert!((16..32).contains(&served), "{served} of 32 were served");
        assert_eq!(value.get()?, 0, "an old client is served as before");
        // Once a client has left there is room for another.
        for (holder, _) in &holders {
            holder.kill()?;
            assert_eq!(holder.join()?, Exit::Killed(SIGKILL));
        }
        let other = family.spawn("other", || value.set(&1))?;
        assert_eq!(other.join()?, Exit::Ok);
        assert_eq!(value.get()?, 1);
        Ok(())
    })
}

fn a_client_without_descriptors_says_so() -> Result<(), Error> {
    scope(|family| {
        let value = Manager::start(family)?.value(&0)?;
        let child = family.spawn("client", || {
            setrlimit(Resource::RLIMIT_NOFILE, 0, 0).unwrap();
            let error = value.get().unwrap_err();
            assert!(matches!(error, Error::Connection(_)), "{error}");
        })?;
        assert_eq!(child.join()?, Exit::Ok);
        Ok(())
    })
}

thread_local! {
    static LIST: RefCell<Option<List<u32>>> = const { RefCell::new(None) };
}

/// Its decoding asks the manager, as a reference into another object does.
#[derive(Debug, PartialEq, Serialize)]
struct Length(usize);

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        usize::deserialize(deserializer)?;
        let length = LIST.with_borrow(|list| list.as_ref().map(List::len));
        length.unwrap().map(Self).map_err(serde::de::Error::custom)
    }
}

fn a_value_may_use_a_proxy_while_it_is_decoded() -> Result<(), Error> {
    scope(|family| {
        let manager = Manager::start(family)?;
        LIST.set(Some(manager.list([1, 2, 3])?));
        let value = manager.value(&Length(0))?;
        assert_eq!(value.get()?, Length(3));
        // And while it has the lock.
        assert_eq!(value.update(|Length(length)| Length(length + 1))?, Length(4));
        Ok(())
    })
}

/// Its decoding panics, unless it is 0.
#[derive(Serialize)]
struct Panics(u8);

impl<'de> Deserialize<'de> for Panics {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u8::deserialize(deserializer)?;
        assert_eq!(number, 0, "on purpose");
        Ok(Self(number))
    }
}

fn a_panic_while_a_value_is_decoded_gives_the_lock_back() -> Result<(), Error> {
    scope(|family| {
        let manager = Manager::start(family)?;
        let value = manager.value(&vec![1])?;
        let panics = manager.value(&Panics(1))?;
        let update = || panics.update(|old| old);
        assert!(catch_unwind(AssertUnwindSafe(update)).is_err());
        is_free(family, &value)?;
        panics.set(&Panics(0))?;
        assert_eq!(panics.get()?.0, 0);
        Ok(())
    })
}

fn a_fork_of_a_dead_holder_does_not_keep_the_lock() -> Result<(), Error> {
    scope(|family| {
        let value: Value<u32> = Manager::start(family)?.value(&1)?;
        let forked = Event::new().unwrap();
        let holder = family.spawn("holder", || {
            let held = value.update(|old| {
                scope(|inner| {
                    inner.spawn("fork", || {
                        set_pdeathsig(None).unwrap();
                        forked.set();
                        park();
                    })?;
                    park();
                    Ok::<_, Error>(old)
                })
                .unwrap()
            });
            held.map(drop)
        })?;
        assert!(forked.wait_timeout(LONG));
        holder.kill()?;
        assert_eq!(holder.join()?, Exit::Killed(SIGKILL));
        // The fork lives, an orphan of this scope by now.
        let other = family.spawn("other", || value.set(&2))?;
        assert_eq!(other.join_timeout(LONG)?, Some(Exit::Ok));
        assert_eq!(value.get()?, 2);
        Ok(())
    })
}
