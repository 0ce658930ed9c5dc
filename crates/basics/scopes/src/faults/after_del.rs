//! A name that is used after its value was given away.
//!
//! ```python
//! name = "alex"
//! del name
//! print(name)
//! ```
//!
//! Python: raises `NameError`
//!
//! ```compile_fail,E0382
//! fn main() {
//!     let name = String::from("alex");
//!     drop(name);
//!     println!("{name}");
//! }
//! ```
//!
//! It is used first:
//!
//! ```
//! fn main() {
//!     let name = String::from("alex");
//!     println!("{name}");
//!     drop(name);
//! }
//! ```
