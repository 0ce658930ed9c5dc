//! Managers and clients that are real processes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use ipc_manager::{Dict, Error, List, Manager, Value};
use processes::{Event, Exit, SIGKILL, scope};

const LONG: Duration = Duration::from_secs(20);

tests::main! {
    a_dict_is_a_map_in_the_order_of_its_keys,
    a_list_is_a_list,
    a_value_is_a_value,
    children_and_grandchildren_share,
    no_update_of_many_processes_is_lost,
    killed_clients_do_no_harm,
    a_dead_holder_gives_the_lock_back,
    who_waits_for_the_lock_learns_that_the_manager_has_gone,
    who_comes_later_learns_that_the_manager_has_gone,
    two_managers_are_two,
    a_manager_has_no_name_and_leaves_nothing,
}

fn a_dict_is_a_map_in_the_order_of_its_keys() -> Result<(), Error> {
    scope(|family| {
        let dict = Manager::start(family)?.dict::<String, Vec<u32>>()?;
        let [a, b, c] = ["a", "b", "c"].map(str::to_owned);
        assert!(
            dict.is_empty()? && dict.get(&a)?.is_none() && dict.remove(&a)?.is_none()
        );
        assert_eq!(dict.insert(&b, &vec![1])?, None);
        assert_eq!(dict.insert(&c, &vec![])?, None);
        assert_eq!(dict.insert(&a, &vec![3; 1000])?, None);
        assert_eq!(dict.insert(&b, &vec![1, 2])?, Some(vec![1]));
        assert_eq!((dict.get(&b)?, dict.len()?), (Some(vec![1, 2]), 3));
        assert!(!dict.is_empty()?);
        assert_eq!(dict.keys()?, ["b", "c", "a"]);
        assert_eq!(dict.values()?, [vec![1, 2], vec![], vec![3; 1000]]);
        assert_eq!(dict.get("b")?, Some(vec![1, 2]), "a borrowed key is the same key");
        assert_eq!(
            dict.update(&c, |old| old.map(|_| vec![9]).unwrap_or_default())?,
            [9]
        );
        assert_eq!(
            dict.items()?,
            [(b.clone(), vec![1, 2]), (c.clone(), vec![9]), (a.clone(), vec![3; 1000])]
        );
        assert!(dict.to_map()?.into_iter().is_sorted() && dict.to_map()?.len() == 3);
        assert_eq!(dict.to_map()?[&b], [1, 2]);
        assert_eq!(
            (dict.remove(&a)?, dict.contains_key(&a)?),
            (Some(vec![3; 1000]), false)
        );
        dict.clone().clear()?;
        assert!(dict.is_empty()? && !dict.contains_key(&c)?);
        Ok(())
    })
}

fn a_list_is_a_list() -> Result<(), Error> {
    scope(|family| {
        let list = Manager::start(family)?.list(["a", "b"].map(str::to_owned))?;
        list.push(&"c".to_owned())?;
        list.set(0, &"A".to_owned())?;
        assert_eq!(list.update(1, |old| old + "!")?, "b!");
        assert_eq!(list.to_vec()?, ["A", "b!", "c"]);
        assert_eq!((list.get(2)?.as_deref(), list.get(3)?), (Some("c"), None));
        let out = [
            list.set(3, &String::new()).unwrap_err(),
            list.update(3, |old| old).unwrap_err(),
        ];
        assert_eq!(
            out.map(|error| error.to_string()),
            ["there is no place 3 in a list of 3"; 2]
        );
        assert_eq!((list.pop()?.as_deref(), list.len()?), (Some("c"), 2));
        assert!(!list.is_empty()?);
        list.clear()?;
        assert!(list.is_empty()? && list.pop()?.is_none());
        Ok(())
    })
}

fn a_value_is_a_value() -> Result<(), Error> {
    scope(|family| {
        let value = Manager::start(family)?.value(&(1, "xixi".to_owned()))?;
        assert_eq!(value.get()?, (1, "xixi".to_owned()));
        value.set(&(2, "haha".to_owned()))?;
        assert_eq!(
            value.update(|(number, text)| (number + 1, text + "!"))?,
            (3, "haha!".to_owned())
        );
        assert_eq!(value.clone().get()?, (3, "haha!".to_owned()));
        Ok(())
    })
}

fn children_and_grandchildren_share() -> Result<(), Error> {
    scope(|family| {
        let list = Manager::start(family)?.list([0])?;
        let child = || {
            list.push(&1)?;
            scope(|inner| {
                inner.spawn("grandchild", || list.push(&2))?;
                inner.join()?;
                // The line of the child is still its own.
                list.push(&3)
            })
        };
        family.spawn("child", child)?;
        family.join()?;
        list.push(&4)?;
        assert_eq!(list.to_vec()?, [0, 1, 2, 3, 4]);
        Ok(())
    })
}

fn no_update_of_many_processes_is_lost() -> Result<(), Error> {
    scope(|family| {
        let dict: Dict<String, u32> = Manager::start(family)?.dict()?;
        for name in ["a", "b", "c", "d"] {
            family.spawn(name, || {
                (0..500).try_for_each(|_| {
                    dict.update("n", |old| old.unwrap_or(0) + 1).map(drop)
                })
            })?;
        }
        family.join()?;
        assert_eq!(dict.get("n")?, Some(2000));
        Ok(())
    })
}

fn killed_clients_do_no_harm() -> Result<(), Error> {
    scope(|family| {
        let manager = Manager::start(family)?;
        let dict: Dict<u32, String> = manager.dict()?;
        for round in 0..30 {
            let begun = Event::new().unwrap();
            let victim = family.spawn("victim", || {
                begun.set();
                // Long enough to be cut anywhere, and now and then with the lock in
                // hand.
                (0..).try_for_each(|i| match i % 2 {
                    0 => {
                        dict.insert(&1000, &"x".repeat(i * 1000 % 1_000_000)).map(drop)
                    }
                    _ => dict
                        .update(&1001, |old| old.unwrap_or_default() + "x")
                        .map(drop),
                })
            })?;
            assert!(begun.wait_timeout(LONG));
            // Some way into it, further each round.
            for _ in 0..round {
                dict.len()?;
            }
            victim.kill()?;
            assert_eq!(victim.join()?, Exit::Killed(SIGKILL));
            dict.insert(&round, &"survived".to_owned())?;
        }
        let survived = dict.items()?.into_iter().filter(|(_, text)| text == "survived");
        assert_eq!(survived.count(), 30);
        let torn = dict.get(&1000)?.unwrap_or_default();
        assert!(torn.len().is_multiple_of(1000) && torn.chars().all(|one| one == 'x'));
        Ok(())
    })
}

fn a_dead_holder_gives_the_lock_back() -> Result<(), Error> {
    scope(|family| {
        let value: Value<u32> = Manager::start(family)?.value(&1)?;
        let begun = Event::new().unwrap();
        let value_of_victim = value.clone();
        let holder = family.spawn("holder", || {
            value_of_victim
                .update(|_| {
                    begun.set();
                    sleep_for_ever()
                })
                .map(drop)
        })?;
        assert!(begun.wait_timeout(LONG));
        let waiting =
            family.spawn("waits", || value.update(|old| old + 1).map(drop))?;
        assert_eq!(waiting.join_timeout(Duration::from_millis(20))?, None);
        holder.kill()?;
        assert_eq!(waiting.join_timeout(LONG)?, Some(Exit::Ok));
        assert_eq!((value.get()?, holder.join()?), (2, Exit::Killed(SIGKILL)));
        Ok(())
    })
}

fn who_waits_for_the_lock_learns_that_the_manager_has_gone() -> Result<(), Error> {
    scope(|family| {
        let manager = Manager::start(family)?;
        let value: Value<u32> = manager.value(&1)?;
        let begun = Event::new().unwrap();
        let value_of_holder = value.clone();
        family.daemon("holder", || {
            value_of_holder
                .update(|_| {
                    begun.set();
                    sleep_for_ever()
                })
                .map(drop)
        })?;
        assert!(begun.wait_timeout(LONG));
        let waits =
            || assert!(matches!(value.update(|old| old + 1), Err(Error::Gone { .. })));
        let waiting = [family.spawn("a", waits)?, family.spawn("b", waits)?];
        manager.process().kill()?;
        let killed = Instant::now();
        for child in waiting {
            assert_eq!(child.join_timeout(LONG)?, Some(Exit::Ok));
        }
        assert!(killed.elapsed() < Duration::from_secs(1));
        assert_eq!(manager.process().join()?, Exit::Killed(SIGKILL));
        Ok(())
    })
}

fn who_comes_later_learns_that_the_manager_has_gone() -> Result<(), Error> {
    let mut left: Option<List<u32>> = None;
    scope(|family| {
        let manager = Manager::start(family)?;
        left = Some(manager.list([1])?);
        let pid = manager.process().pid();
        manager.process().kill()?;
        assert_eq!(manager.process().join()?, Exit::Killed(SIGKILL));
        for _ in 0..2 {
            let error = manager.value(&1).map(drop).unwrap_err().to_string();
            assert_eq!(
                error,
                format!(
                    "the manager, process {pid}, has gone, and with it all that it \
                     kept"
                )
            );
        }
        let gone = || assert!(matches!(manager.value(&1), Err(Error::Gone { .. })));
        assert_eq!(family.spawn("a new one", gone)?.join()?, Exit::Ok);
        Ok::<(), Error>(())
    })?;
    // And so it is with a manager that ended with its scope.
    assert!(matches!(left.unwrap().len(), Err(Error::Gone { .. })));
    Ok(())
}

fn two_managers_are_two() -> Result<(), Error> {
    scope(|family| {
        let [one, other] = [Manager::start(family)?, Manager::start(family)?];
        let lists = [one.list([1])?, other.list([2])?];
        let child = || lists.iter().try_for_each(|list| list.push(&3));
        family.spawn("child", child)?;
        family.join()?;
        one.process().kill()?;
        assert_eq!(one.process().join()?, Exit::Killed(SIGKILL));
        assert!(lists[0].to_vec().is_err());
        assert_eq!(lists[1].to_vec()?, [2, 3]);
        Ok(())
    })
}

fn a_manager_has_no_name_and_leaves_nothing() -> Result<(), Error> {
    let names = || std::fs::read_to_string("/proc/net/unix").unwrap();
    let descriptors = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let before = descriptors();
    scope(|family| {
        let manager = Manager::start(family)?;
        manager.value(&1)?.get()?;
        let own = format!("/proc/{}/fd", manager.process().pid());
        for descriptor in std::fs::read_dir(own).unwrap() {
            let target = std::fs::read_link(descriptor.unwrap().path()).unwrap();
            let Some(inode) = target
                .to_str()
                .and_then(|it| it.strip_prefix("socket:[")?.strip_suffix(']'))
            else {
                continue;
            };
            // Seven columns, and an eighth for a socket that has a name.
            let all = names();
            let mut own = all
                .lines()
                .filter(|line| line.split_whitespace().nth(6) == Some(inode));
            assert!(
                own.all(|line| line.split_whitespace().count() == 7),
                "a socket has a name"
            );
        }
        Ok::<(), Error>(())
    })?;
    // One is kept: the line of this thread, until it next asks in vain or ends.
    assert!(descriptors() <= before + 1);
    Ok(())
}

fn sleep_for_ever() -> ! {
    loop {
        std::thread::park();
    }
}
