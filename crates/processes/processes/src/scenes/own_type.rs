//! N2.9: a process type of one's own, with its data and a `run`.

use std::process::id;

use shared::{Result, claim, say};

/// The note inherits from Process and must not forget to call its constructor. Rust has
/// no inheritance, and needs none here: a type with a method is enough, and the child
/// is started with that method.
struct MyProcess {
    a: i32,
    b: i32,
}

impl MyProcess {
    fn run(&self) -> Result {
        say!("{} {} {}", id(), self.a, self.b);
        claim!((self.a, self.b) == (1, 2), "the child has the data of its type");
        Self::func();
        Ok(())
    }

    fn func() {
        say!("in func");
    }
}

pub fn play() -> Result {
    let mine = MyProcess { a: 1, b: 2 };
    processes::scope(|family| {
        let child = family.spawn("MyProcess-1", || mine.run())?;
        claim!(child.join()?.is_ok(), "{} has run and ended", child.name());
        Ok(())
    })
}
