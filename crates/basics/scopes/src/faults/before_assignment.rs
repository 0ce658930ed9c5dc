//! A name that is used before it has a value.
//!
//! ```python
//! name = "alex"
//!
//! def f1():
//!     print(name)
//!     name = "eric"
//!
//! f1()
//! ```
//!
//! Python: raises `UnboundLocalError`
//!
//! Because of the assignment, `name` is a local name in all of `f1`, also in the line
//! before it.
//!
//! ```compile_fail,E0381
//! fn main() {
//!     let name;
//!     println!("{name}");
//!     name = "eric";
//! }
//! ```
//!
//! It has its value first:
//!
//! ```
//! fn main() {
//!     let name = "eric";
//!     println!("{name}");
//! }
//! ```
