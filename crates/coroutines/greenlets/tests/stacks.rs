//! Where the memory for stacks runs out. Alone in its file, as the whole process is
//! short of memory.

use greenlets::{Error, scope};
use nix::sys::resource::{Resource, setrlimit};

#[test]
fn stacks_are_given_back_by_the_dead_and_refused_when_there_are_too_many() {
    // Room for some two hundred stacks of 1 MiB.
    setrlimit(Resource::RLIMIT_AS, 256 << 20, 256 << 20).unwrap();
    scope(|group| {
        for number in 0..1_000 {
            let short = group.greenlet(format!("short {number}"));
            short.run(|value| value + 1).unwrap();
            assert_eq!(short.switch(number), number + 1);
        }

        let main = group.current();
        let mut waiting = Vec::new();
        let refused = loop {
            let greenlet = group.greenlet(format!("number {}", waiting.len()));
            match greenlet.run(move |value| main.switch(value)) {
                Ok(()) => waiting.push(greenlet),
                Err(error) => break error,
            }
        };
        assert!((50..256).contains(&waiting.len()), "{}", waiting.len());
        assert!(matches!(&refused, Error::NoStack { .. }));
        let message = format!(
            "greenlet number {} gets no stack: Cannot allocate memory",
            waiting.len()
        );
        assert!(refused.to_string().starts_with(&message), "{refused}");

        // The others are none the worse, and one that ends makes room for another.
        assert_eq!(waiting[0].switch(7), 7);
        waiting[0].kill().unwrap();
        group.greenlet("another").run(|value| value).unwrap();
    });
}
