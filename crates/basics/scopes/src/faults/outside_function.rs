//! A name of a function that is used outside of it.
//!
//! ```python
//! def func():
//!     name = "Janice"
//!
//! func()
//! print(name)
//! ```
//!
//! Python: raises `NameError`
//!
//! ```compile_fail,E0425
//! fn func() {
//!     let name = "Janice";
//! }
//!
//! fn main() {
//!     func();
//!     println!("{name}");
//! }
//! ```
//!
//! The function returns it:
//!
//! ```
//! fn func() -> &'static str {
//!     "Janice"
//! }
//!
//! fn main() {
//!     let name = func();
//!     println!("{name}");
//! }
//! ```
