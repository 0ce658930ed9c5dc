//! N1.14: the map keeps the values of dead threads, and a new thread finds them.

use shared::{Result, claim, say};
use thread_local::{ByIdent, Local, Storage, get_ident, kit};

pub fn play() -> Result {
    let (map, local) = (ByIdent::new(), Local::new());
    let set = kit::threads(100, |num, all_have_set| {
        map.set("KEY", num);
        let set = local.set(num);
        all_have_set.wait();
        set
    })?;
    set.into_iter().collect::<Result<(), _>>()?;
    let storage = map.storage();
    say!("100 threads have ended");
    say!("values in the map: {}", storage.len());
    say!("values in the local: {}", local.flows());
    claim!(storage.len() == 100, "the map keeps the values of 100 dead threads");
    claim!(local.flows() == 0, "the local keeps no value of the 100 dead threads");

    // The system gives the ident of a dead thread to a new one, mostly at once.
    let read =
        || storage.contains_key(&get_ident()).then(|| (map.get("KEY"), local.get()));
    let new_thread =
        || kit::threads(1, |_, _| read()).ok()?.into_iter().flatten().next();
    let found = (0..1_000).find_map(|_| new_thread());
    say!("a new thread has set nothing");
    let (in_map, in_local) = found.unwrap_or_default();
    say!("it finds {} in the map, {} in the local", is(in_map), is(in_local));
    claim!(
        in_map.is_some_and(|num| is_of(&storage, num)),
        "a new thread with a dead one's ident found the dead one's value in the map"
    );
    claim!(
        found.is_some() && in_local.is_none(),
        "the same new thread found no value in the local"
    );
    Ok(())
}

fn is(found: Option<usize>) -> &'static str {
    if found.is_some() { "a value" } else { "no value" }
}

/// Whether a dead thread has left that number.
fn is_of(storage: &Storage<usize>, num: usize) -> bool {
    storage.values().any(|values| values.get("KEY") == Some(&num))
}
