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

        say!("main: {} keys, and a list of {}", dict.len()?, list.len()?);
        claim!(
            dict.to_map()? == pids.iter().map(|pid| (*pid, id())).collect(),
            "the dict maps the pids of the ten children to the pid of their parent"
        );
        let (mut first, mut rest) = (list.to_vec()?, list.to_vec()?.split_off(3));
        first.truncate(3);
        rest.sort_unstable();
        pids.sort_unstable();
        claim!(
            first == [0, 1, 2] && rest == pids,
            "the list holds 0, 1 and 2, and after them the ten pids"
        );
        Ok(())
    })
}

fn thre(dict: &Dict<u32, u32>, list: &List<u32>) -> Result {
    dict.insert(&id(), &parent_id())?;
    list.push(&id())?;
    // Other children may be adding to them at this moment: what is printed is a copy,
    // and old already.
    say!("{:?}", list.to_vec()?);
    say!("{:?}", dict.to_map()?);
    claim!(
        dict.contains_key(&id())? && list.to_vec()?.contains(&id()),
        "child {} finds its pid in the dict and in the list",
        id()
    );
    Ok(())
}
