//! `ringstorm compare`: two results side by side, and whether the change may land.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use super::arguments::{Arguments, Compare, Format};
use super::failure::Failure;
use super::output;
use super::records;
use crate::compare::{self, Comparison, FailOn, USUAL_THRESHOLD};
use crate::report::comparison::{github, json, junit, markdown, text};

/// Compares and prints; a verdict that fails is [`Failure::No`].
pub(super) fn compare(command: &Compare, arguments: &Arguments) -> Result<(), Failure> {
    let base = records::read(&command.base)?;
    let new = records::read(&command.new)?;
    let threshold = match command.threshold {
        Some(threshold) => threshold.as_f64(),
        None => base.threshold.unwrap_or(USUAL_THRESHOLD),
    };
    let comparison = compare::compare(&base, &new, threshold).map_err(|source| {
        let (base, new) = (command.base.clone(), command.new.clone());
        Failure::Incomparable { base, new, source }
    })?;
    let fail_on = command.fail_on.into();
    output::print(&render(&comparison, command.format, fail_on, arguments))?;
    if command.format == Format::Github {
        step_summary(&markdown::render(&comparison))?;
    }
    if comparison.fails(fail_on) {
        let failing = comparison.rows.iter().filter(|row| fail_on.fails(row.verdict)).count();
        let rows = comparison.rows.len();
        return Err(Failure::No(format!(
            "{failing} of {rows} rows fail (a metric of a policy each)"
        )));
    }
    Ok(())
}

fn render(
    comparison: &Comparison,
    format: Format,
    fail_on: FailOn,
    arguments: &Arguments,
) -> String {
    match format {
        Format::Text => text::render(comparison, &output::terminal(arguments.color)),
        Format::Markdown => markdown::render(comparison),
        Format::Json => json::render(comparison, comparison.fails(fail_on)),
        Format::Junit => junit::render(comparison, |verdict| fail_on.fails(verdict)),
        Format::Github => github::render(comparison, |verdict| fail_on.fails(verdict)),
    }
}

/// Adds to the summary of a GitHub workflow's step, where there is one.
fn step_summary(text: &str) -> Result<(), Failure> {
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else {
        return Ok(());
    };
    let path = Path::new(&path);
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|source| Failure::Write { path: path.to_owned(), source })
}
