//! A name that is used after the block in which it was given.
//!
//! ```python
//! if 1 == 1:
//!     name = "Janice"
//! print(name)
//! ```
//!
//! Python: prints `Janice`
//!
//! ```compile_fail,E0425
//! fn main() {
//!     if 1 == 1 {
//!         let name = "Janice";
//!     }
//!     println!("{name}");
//! }
//! ```
//!
//! The block has a value instead:
//!
//! ```
//! fn main() {
//!     let name = if 1 == 1 { "Janice" } else { "eric" };
//!     println!("{name}");
//! }
//! ```
