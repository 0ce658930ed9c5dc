//! Scopes: blocks, closures, what they capture, and how long a guard lives (N5.1).
//!
//! The subject of this topic is the language itself. Where Python decides at run time
//! what a name means, the compiler does so beforehand, and refuses what would go wrong.
//! So the mechanism here is the compiler as a judge: [`check`] gives it a program and
//! returns its complaints. [`faults`] are the mistakes that a reader of the note can
//! make, each with the same program in Python.
//!
//! ```
//! let verdict = scopes::check("fn main() { if true { let x = 1; } x; }")?;
//! assert_eq!(verdict[0].code, "E0425");
//! # Ok::<(), scopes::CompilerError>(())
//! ```
//!
//! # The rules in short
//! | | Python | Rust |
//! |---|---|---|
//! | a name lives in | the function, or the module | the block, from its `let` on |
//! | the same name again | assigns to the variable | `let` makes a new variable, which hides the old one |
//! | a block's value | none | its last expression |
//! | a function within a function | closes over the variables | a closure does; an `fn` sees constants and functions only |
//! | a closure holds | the variable itself | a reference, a mutable reference, or the value |
//! | a value lives | while there is a reference to it | until the end of its owner's scope |
//! | a value without a name lives | | until the end of its statement |
//!
//! # What a closure captures
//! A closure is a structure that the compiler makes up, with a field for each captured
//! variable, or part of a variable (since edition 2021). It captures in the least way
//! that its body needs: by reference, else by mutable reference, else by value. `move`
//! makes it by value. The three traits say how it can be called, and each is also those
//! before it:
//!
//! | the body | can be called | traits |
//! |---|---|---|
//! | gives a captured value away | once | `FnOnce` |
//! | changes what it has captured | often, by one caller at a time | `FnMut`, `FnOnce` |
//! | only reads | often, by many callers | `Fn`, `FnMut`, `FnOnce` |
//!
//! A closure that gives its value away cannot be called a second time:
//!
//! ```compile_fail,E0382
//! let name = String::from("alex");
//! let takes = || name;
//! takes();
//! takes();
//! ```
//!
//! # How long a temporary lives
//! A value without a name, such as the guard in `queue.lock().pop()`, is dropped at the
//! end of the statement. The condition of `if let`, `while let` and `match` is part of
//! the statement, so the guard lives through the body. Since edition 2024 it ends
//! before the `else` of an `if let`, and temporaries in the last expression of a block
//! end before the local variables of the block. In edition 2021 this does not compile,
//! as the guard would outlive its queue:
//!
//! ```compile_fail,E0597,edition2021
//! use std::sync::Mutex;
//!
//! fn length() -> Result<usize, String> {
//!     let queue = Mutex::new(vec![1, 2, 3]);
//!     match queue.lock() {
//!         Ok(queue) => Ok(queue.len()),
//!         Err(poisoned) => Err(poisoned.to_string()),
//!     }
//! }
//! ```
//!
//! A value with a name lives to the end of its block. `_x` is a name; `_` is none, so
//! `let _ = queue.lock();` drops the guard at once.
//!
//! # What it costs
//! A closure has a type of its own, so the compiler knows which function a call means.
//! `Box<dyn Fn>` finds that out at run time, which prevents the call from being
//! compiled into the caller's code. `cargo xtask bench scopes`, on two cores that had
//! other work to do as well; medians of three rounds, CPU time with the loop around it:
//!
//! | one call | CPU time |
//! |---|---|
//! | closure | 1.8 ns |
//! | function pointer | 1.6 ns |
//! | `Box<dyn Fn>` | 2.0 ns |
//! | `lambda`, CPython 3.11 | 82 ns |

#![forbid(unsafe_code)]

mod compiler;
mod faults;
pub mod kit;

pub use compiler::{CompilerError, Complaint, check};
pub use faults::{Fault, faults};
