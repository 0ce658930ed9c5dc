//! What measures the greenlets: the CPU time of a run, and their peers.

#![forbid(unsafe_code)]

pub mod cpu;
pub mod peers;
