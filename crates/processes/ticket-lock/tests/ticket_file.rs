//! A ticket file whose writers are killed, or write at the same time.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;

use processes::{Error, scope};
use tests::stepping::{STRIDE, kill_at, sweep, traced};
use ticket_lock::TicketFile;

tests::main! {
    what_a_killed_writer_leaves_goes_with_the_next,
    writers_at_the_same_time_mix_nothing,
}

fn what_a_killed_writer_leaves_goes_with_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let tickets = TicketFile::create(folder.path().join("ticket"), 1).unwrap();
    let files = || fs::read_dir(folder.path()).unwrap().count();
    let mut left = 0;
    sweep(7 * STRIDE, |instructions| {
        scope(|family| {
            let writer = family.spawn("writer", || {
                traced(|| tickets.set_count(2_000_000_000).unwrap());
            })?;
            let reached = kill_at(writer.pid(), instructions);
            let _either = writer.join()?;
            assert!([1, 2_000_000_000].contains(&tickets.count().unwrap()));
            left = left.max(files() - 1);
            tickets.set_count(1).unwrap();
            assert_eq!(
                (tickets.count().unwrap(), files()),
                (1, 1),
                "after {instructions} instructions"
            );
            Ok(reached)
        })
        .unwrap_or_else(|error: Error| panic!("{error}"))
    });
    assert_eq!(left, 1, "a writer was killed between the two names of its file");
}

fn writers_at_the_same_time_mix_nothing() -> Result<(), Error> {
    let folder = tempfile::tempdir().unwrap();
    let tickets = TicketFile::create(folder.path().join("ticket"), 1).unwrap();
    scope(|family| {
        let counts = [1, 20_000, 3_000_000_000];
        for count in counts {
            let tickets = &tickets;
            family.spawn("writer", move || {
                for _ in 0..1_000 {
                    tickets.set_count(count).unwrap();
                    assert!(counts.contains(&tickets.count().unwrap()));
                }
            })?;
        }
        family.join()
    })?;
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    Ok(())
}
