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
    fn run(&self, main: u32) -> Result {
        say!("{} {} {}", id(), self.a, self.b);
        claim!(id() != main, "`run` is called in another process than `main`");
        Self::func();
        Ok(())
    }

    fn func() {
        say!("in func");
    }
}

pub fn play() -> Result {
    let mine = MyProcess { a: 1, b: 2 };
    let main = id();
    processes::scope(|family| {
        family.spawn("MyProcess-1", || mine.run(main))?;
        Ok(())
    })
}
