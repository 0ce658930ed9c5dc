//! A name of a loop's body that is used after the loop.
//!
//! ```python
//! for i in range(10):
//!     name = i
//! print(name)
//! ```
//!
//! Python: prints `9`
//!
//! ```compile_fail,E0425
//! fn main() {
//!     for i in 0..10 {
//!         let name = i;
//!     }
//!     println!("{name}");
//! }
//! ```
//!
//! The variable is declared outside of the loop. Unlike Python's it has a value even if
//! the loop never runs:
//!
//! ```
//! fn main() {
//!     let mut name = 0;
//!     for i in 0..10 {
//!         name = i;
//!     }
//!     println!("{name}");
//! }
//! ```
