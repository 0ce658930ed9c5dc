//! Files shown by the desktop's own program for them.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::print::note::note;

/// Shows a file in the program that the desktop has for it, or says that there is none.
pub fn open(file: &Path) {
    for opener in ["xdg-open", "open"] {
        let opened = Command::new(opener).arg(file).stdin(Stdio::null()).status();
        if opened.is_ok_and(|status| status.success()) {
            return;
        }
    }
    note("neither xdg-open nor open can open it here: open that file in a browser");
}
