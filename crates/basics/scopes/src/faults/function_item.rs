//! A function that uses a local name of the function around it.
//!
//! ```python
//! def main():
//!     name = "alex"
//!
//!     def f1():
//!         print(name)
//!
//!     f1()
//!
//! main()
//! ```
//!
//! Python: prints `alex`
//!
//! ```compile_fail,E0434
//! fn main() {
//!     let name = "alex";
//!     fn f1() {
//!         println!("{name}");
//!     }
//!     f1();
//! }
//! ```
//!
//! An `fn` sees only what exists as long as the program, such as constants and other
//! functions. A closure captures what is around it:
//!
//! ```
//! fn main() {
//!     let name = "alex";
//!     let f1 = || println!("{name}");
//!     f1();
//! }
//! ```
