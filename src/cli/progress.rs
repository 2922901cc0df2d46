//! Progress, on a terminal only.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar, which is moved on by every run that is done.
pub(super) type Bar = ProgressBar;

/// A bar for so many runs; hidden when quiet or when standard error is no terminal.
pub(super) fn bar(name: &str, runs: u64, quiet: bool) -> Bar {
    let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let style = ProgressStyle::with_template("{msg}  {wide_bar:.blue}  {pos} of {len} runs  {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━╸ ");
    let bar = ProgressBar::with_draw_target(Some(runs), target).with_style(style);
    bar.set_message(name.to_owned());
    bar
}
