//! What the commands print and write: tables, units, progress, whole files.

pub mod bar;
pub mod note;
pub mod open;
pub mod save;
pub mod summary;
pub mod table;
pub mod units;
