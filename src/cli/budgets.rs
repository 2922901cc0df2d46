//! The budgets of a scenario against what was found.

use std::path::{Path, PathBuf};

use super::arguments::Arguments;
use super::failure::Failure;
use super::output;
use super::records;
use crate::compare::{Record, budget};
use crate::plan::Budget;
use crate::report::budgets as said;
use crate::stats::Results;

/// The baseline that the budgets need: the one named, or the usual one, where there is one.
pub(super) fn baseline(
    named: Option<&Path>,
    usual: PathBuf,
    budgets: &[Budget],
) -> Result<Option<(PathBuf, Record)>, Failure> {
    if let Some(path) = named {
        return Ok(Some((path.to_owned(), records::read(path)?)));
    }
    let path = usual;
    if !budgets.iter().any(Budget::needs_baseline) || !path.exists() {
        return Ok(None);
    }
    let record = records::read(&path)?;
    Ok(Some((path, record)))
}

/// Says how the budgets fared; with `enforce` gives how many fail, else 0.
pub(super) fn judge(
    budgets: &[Budget],
    results: &Results,
    baseline: Option<&(PathBuf, Record)>,
    enforce: bool,
    arguments: &Arguments,
) -> Result<usize, Failure> {
    if budgets.is_empty() {
        return Ok(0);
    }
    let record = Record::of(results);
    let found = budget::check(&record, baseline.map(|(_, record)| record), budgets);
    let findings = match found {
        Ok(findings) => findings,
        // Without `--check` a baseline of another world is no reason to stop.
        Err(_) if !enforce => return Ok(0),
        Err(source) => {
            let base = baseline.map_or_else(PathBuf::new, |(path, _)| path.clone());
            return Err(Failure::Incomparable { base, new: PathBuf::from(&results.name), source });
        }
    };
    if !enforce {
        if !arguments.quiet {
            output::print(&said::summary(&findings))?;
        }
        return Ok(0);
    }
    output::print(&said::render(&findings))?;
    Ok(findings.iter().filter(|finding| finding.fails()).count())
}
