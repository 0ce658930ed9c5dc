//! A closure that outlives what it borrows.
//!
//! ```python
//! def f2():
//!     name = "eric"
//!     return lambda: name
//!
//! print(f2()())
//! ```
//!
//! Python: prints `eric`
//!
//! ```compile_fail,E0373
//! fn f2() -> impl Fn() -> usize {
//!     let name = String::from("eric");
//!     || name.len()
//! }
//!
//! fn main() {
//!     println!("{}", f2()());
//! }
//! ```
//!
//! Python keeps the name alive as long as the closure is. In Rust the closure must own
//! it:
//!
//! ```
//! fn f2() -> impl Fn() -> usize {
//!     let name = String::from("eric");
//!     move || name.len()
//! }
//!
//! fn main() {
//!     println!("{}", f2()());
//! }
//! ```
