//! N2.17: ten threads square a number each; each result comes back by its own handle.

use std::collections::HashMap;
use std::hash::Hash;
use std::thread;

use nix::sys::pthread::pthread_self;
use shared::{Result, claim, pace, say};

pub fn play() -> Result {
    let mut handles = Vec::new();
    for i in 1..=10 {
        handles.push(threads::spawn(format!("Thread-{i}"), move || square(i))?);
    }
    let mut squares = Vec::new();
    for handle in handles {
        let square = handle.join()?;
        say!("{square}");
        squares.push(square);
    }
    claim!(
        squares.into_iter().eq((1..=10).map(|i| i * i)),
        "the squares came in the order of the numbers, though the last was ready first"
    );

    // The note's way: a table with the thread's ident as the key. The ident is that of
    // the system, as in Python, and the system gives it to the next thread when one has
    // ended.
    let (mut by_ident, mut by_id) = (Table::new(), Table::new());
    for i in 1..=10 {
        let thread = threads::spawn(format!("Thread-{i}"), move || {
            (pthread_self(), thread::current().id(), i * i)
        })?;
        let (ident, id, square) = thread.join()?;
        by_ident.insert(ident, square);
        by_id.insert(id, square);
    }
    let right = (by_ident.right(), by_id.right());
    say!("a table by ident, for threads that end at once: {} of 10 right", right.0);
    claim!(right.0 < 10, "the table by ident gave some thread the square of another");
    // An id of Rust's standard library is given once in the life of a process.
    say!("a table by Rust's id: {} of 10 right", right.1);
    claim!(right.1 == 10, "the table by Rust's own id gave each thread its square");
    Ok(())
}

/// The larger the number, the earlier it is ready.
fn square(i: u32) -> u32 {
    pace::sleep(f64::from(10 - i) / 10.0);
    i * i
}

/// The squares by a key of their threads, and those keys in the order of the threads.
struct Table<K> {
    squares: HashMap<K, u32>,
    keys: Vec<K>,
}

impl<K: Copy + Eq + Hash> Table<K> {
    fn new() -> Self {
        Self { squares: HashMap::new(), keys: Vec::new() }
    }

    fn insert(&mut self, key: K, square: u32) {
        self.squares.insert(key, square);
        self.keys.push(key);
    }

    /// For how many threads the table has the right square.
    fn right(&self) -> usize {
        let answers = self.keys.iter().map(|key| self.squares[key]);
        answers.zip(1..).filter(|(answer, i)| *answer == i * i).count()
    }
}
