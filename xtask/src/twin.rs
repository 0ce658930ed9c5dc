//! `cargo xtask twin`.

pub mod figures;
pub mod source;
