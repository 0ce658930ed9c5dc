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
        let expected = pids.iter().map(|pid| (*pid, id())).collect();
        claim!(dict.to_map()? == expected, "the dict maps ten pids to their parent");
        let mut numbers = list.to_vec()?;
        numbers[3..].sort_unstable();
        pids.sort_unstable();
        let expected = [vec![0, 1, 2], pids].concat();
        claim!(numbers == expected, "the list holds 0, 1, 2 and after them ten pids");
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
    let found = dict.contains_key(&id())? && list.to_vec()?.contains(&id());
    claim!(found, "child {} finds its pid in the dict and in the list", id());
    Ok(())
}
