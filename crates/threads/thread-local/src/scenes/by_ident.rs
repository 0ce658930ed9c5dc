//! N1.14: a thread-local made by hand: a map whose keys are the idents of the threads.

use shared::{Result, claim, say};
use thread_local::{ByIdent, kit};

pub fn play() -> Result {
    let locals_values = ByIdent::new();
    let read = kit::threads(10, |num, all_have_set| {
        locals_values.set("KEY", num);
        all_have_set.wait();
        let read = locals_values.get("KEY");
        say!("{} thread-{num}", read.unwrap_or(100));
        read
    })?;
    claim!(
        read.into_iter().eq((0..10).map(Some)),
        "each of the ten threads read the number that it had set in the map"
    );

    let mut storage: Vec<_> = locals_values
        .storage()
        .into_iter()
        .filter_map(|(ident, values)| Some((*values.get("KEY")?, ident)))
        .collect();
    storage.sort_unstable();
    for (num, ident) in &storage {
        say!("{ident}: {{'KEY': {num}}}");
    }
    claim!(
        storage.iter().map(|(num, _)| *num).eq(0..10),
        "the map has ten idents, each with the number of its thread"
    );
    Ok(())
}
