//! The scenes of `processes`, in the notes' order.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::topic!().main()
}
