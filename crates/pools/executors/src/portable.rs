//! What goes from process to process.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// What can go to another process and come back: an argument or a result of a task.
///
/// It is implemented for every type that serde can write and read and that borrows
/// nothing. Python pickles instead, and finds out at run time what it cannot pickle.
pub trait Portable: Serialize + DeserializeOwned + Send + 'static {}

impl<T: Serialize + DeserializeOwned + Send + 'static> Portable for T {}
