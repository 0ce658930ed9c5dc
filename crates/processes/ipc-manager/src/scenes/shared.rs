//! N3.3: ten processes write into one dict and one list, kept by a manager.

use std::os::unix::process::parent_id;
use std::process::id;

use ipc_manager::{Dict, List, Manager};
use shared::{Result, claim, say};

pub fn play() -> Result {
    processes::scope(|family| {
        let manager = Manager::start(family)?;
        let dict = manager.dict()?;
        let list = manager.list(0..3)?;
        let mut pids = Vec::new();
        for i in 0..10 {
            pids.push(family.spawn(&format!("thre-{i}"), || thre(&dict, &list))?.pid());
        }
        family.join()?;

        let mut pairs = dict.items()?;
        say!("main: {} keys, and a list of {}", dict.len()?, list.len()?);
        claim!(
            pairs.iter().all(|(_, parent)| *parent == id()),
            "the dict has each child's parent"
        );
        pairs.sort_unstable();
        pids.sort_unstable();
        claim!(
            pairs.iter().map(|(pid, _)| *pid).eq(pids.iter().copied()),
            "under the pids of all ten"
        );
        let (mut first, mut rest) = (list.to_vec()?, list.to_vec()?.split_off(3));
        first.truncate(3);
        rest.sort_unstable();
        claim!(
            first == [0, 1, 2] && rest == pids,
            "the list has what it began with, and then the ten pids"
        );
        Ok(())
    })
}

fn thre(dict: &Dict<u32, u32>, list: &List<u32>) -> Result {
    dict.insert(&id(), &parent_id())?;
    list.push(&id())?;
    // Others may be adding to it at this moment: what is printed is a copy, and old
    // already.
    say!("{:?}", list.to_vec()?);
    claim!(
        dict.contains_key(&id())? && list.to_vec()?.contains(&id()),
        "{} finds what it has written",
        id()
    );
    Ok(())
}
