//! The bar that shows how far a command has come, on a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar for so many steps, on standard error; hidden where that is no terminal.
pub fn of(steps: usize) -> ProgressBar {
    let bar = ProgressBar::new(steps as u64);
    let style =
        ProgressStyle::with_template("{bar:24} {pos}/{len} {elapsed} {wide_msg}");
    bar.set_style(
        style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━╸─"),
    );
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
