//! What a command does with results once it has them: the same after a run and after a merge.

use std::path::Path;

use super::arguments::{Arguments, Charts, Color};
use super::budgets::{self, Held};
use super::failure::Failure;
use super::files;
use super::output;
use crate::report::{self, Bundle};
use crate::stats::Results;

/// What was asked for.
pub(super) struct Wanted<'a> {
    /// Where results go.
    pub out: &'a Path,
    /// Which files of charts.
    pub charts: Charts,
    /// What must hold.
    pub held: Held<'a>,
}

/// Writes the results and shows them. How many enforced budgets do not hold.
pub(super) fn give(
    results: &Results,
    wanted: &Wanted<'_>,
    arguments: &Arguments,
) -> Result<usize, Failure> {
    let bundle = files::all(results, wanted.charts)?;
    report::write(&bundle, wanted.out)?;
    if !arguments.quiet {
        show(results, &bundle, wanted.out, arguments.color)?;
    }
    budgets::judge(results, &wanted.held, wanted.out, arguments)
}

/// How a command ends of whose budgets so many do not hold.
pub(super) fn verdict(broken: usize) -> Result<(), Failure> {
    match broken {
        0 => Ok(()),
        1 => Err(Failure::No("1 budget does not hold".to_owned())),
        many => Err(Failure::No(format!("{many} budgets do not hold"))),
    }
}

/// The answer in the terminal.
fn show(results: &Results, bundle: &Bundle, out: &Path, color: Color) -> Result<(), Failure> {
    let mut text = report::render(results, &output::terminal(color));
    let files = bundle.iter().count();
    text.push_str(&format!("{files} files in {}\n", out.display()));
    if bundle.iter().any(|(name, _)| name == report::html::NAME) {
        text.push_str(&format!("  {}: the page to open\n", out.join(report::html::NAME).display()));
    }
    for (name, _) in
        bundle.iter().filter(|(name, _)| name.ends_with(".svg") && !name.contains("-dark"))
    {
        text.push_str(&format!("  {}\n", out.join(name).display()));
    }
    output::print(&text)
}
