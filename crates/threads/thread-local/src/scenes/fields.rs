//! N1.15: the attributes of a local are the fields of a struct.

use std::cell::Cell;

use shared::{Result, claim, say};
use thread_local::{Local, kit};

/// What each thread has of its own.
#[derive(Default)]
struct Values {
    key: Cell<usize>,
}

static LOCALS_VALUES: Local<Values> = Local::new();

pub fn play() -> Result {
    let read = kit::threads(10, |num, all_have_set| {
        LOCALS_VALUES.set(Values::default()).expect("the thread is not about to end");
        // The note's `locals_values.KEY = num`. A field that is misspelled does not
        // compile; in Python it is a new attribute.
        LOCALS_VALUES.with(|values| values.key.set(num));
        all_have_set.wait();
        let read = LOCALS_VALUES.with(|values| values.key.get());
        say!("{} thread-{num}", read.unwrap_or(100));
        read
    })?;
    claim!(
        read.into_iter().eq((0..10).map(Some)),
        "each of the ten threads read the field that it had set"
    );

    // In Python an AttributeError, or the note's KeyError.
    let read = LOCALS_VALUES.with(|values| values.key.get());
    say!("main has {}", if read.is_some() { "values" } else { "no values" });
    claim!(read.is_none(), "main, which set nothing, has no fields to read");
    Ok(())
}
