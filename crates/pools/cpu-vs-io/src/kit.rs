//! What the scenes use beside the mechanism.

pub mod cores;
pub mod map;
pub mod tell;
pub mod trials;
