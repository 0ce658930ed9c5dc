//! A closure that is made in a loop and sees the loop's variable change.
//!
//! ```python
//! li2 = [lambda: x for x in range(10)]
//! print(li2[0]())
//! ```
//!
//! Python: prints `9`
//!
//! ```compile_fail,E0506
//! fn main() {
//!     let mut x = 0;
//!     let mut li2 = Vec::new();
//!     while x < 10 {
//!         li2.push(|| x);
//!         x += 1;
//!     }
//!     println!("{}", li2[0]());
//! }
//! ```
//!
//! The closure borrows `x`, and what is borrowed cannot be changed. With `move` each
//! closure has a copy of its own:
//!
//! ```
//! fn main() {
//!     let mut x = 0;
//!     let mut li2 = Vec::new();
//!     while x < 10 {
//!         li2.push(move || x);
//!         x += 1;
//!     }
//!     println!("{}", li2[0]());
//! }
//! ```
