//! N1.16: each local has a storage of its own, so two of them do not see each other.

use shared::{Result, claim, say};
use thread_local::{Local, SetError, kit};

static LOCALS_VALUES: Local<usize> = Local::new();
static LOCALS_VALUES2: Local<usize> = Local::new();

pub fn play() -> Result {
    let read = kit::threads(10, |num, all_have_set| -> Result<_, SetError<usize>> {
        LOCALS_VALUES.set(num)?;
        // Only the even threads have a value in the second one.
        if num % 2 == 0 {
            LOCALS_VALUES2.set(10 * num)?;
        }
        all_have_set.wait();
        let both = (LOCALS_VALUES.get(), LOCALS_VALUES2.get());
        say!("{} and {} thread-{num}", shown(both.0), shown(both.1));
        Ok(both)
    })?;
    let read: Vec<_> = read.into_iter().collect::<Result<_, _>>()?;
    let (first, second): (Vec<_>, Vec<_>) = read.into_iter().unzip();
    claim!(
        first.into_iter().eq((0..10).map(Some)),
        "each thread read from the first local the number that it had set there"
    );
    claim!(
        second
            .into_iter()
            .enumerate()
            .all(|(num, read)| { read == (num % 2 == 0).then_some(10 * num) }),
        "the second local has the numbers of the five threads that set one there"
    );
    Ok(())
}

fn shown(value: Option<usize>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| value.to_string())
}
