//! The rules of the house, checked on every file of the workspace.

#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod claims;
mod manifests;
mod modules;
mod text;
mod tree;
