//! Notes on standard error, beside the results on standard output.

use std::io::{ErrorKind, Write as _};
use std::process::exit;

use shared::line::READER_GONE;

/// Writes one line to standard error. Ends the runner quietly if its reader has gone:
/// all that the runner has started then ends too.
pub fn note(text: &str) {
    let written = writeln!(std::io::stderr(), "{text}");
    if written.is_err_and(|error| error.kind() == ErrorKind::BrokenPipe) {
        exit(i32::from(READER_GONE));
    }
}
