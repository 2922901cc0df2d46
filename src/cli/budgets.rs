//! The budgets of a scenario against what was found.

use std::path::{Path, PathBuf};

use super::again::quoted;
use super::arguments::Arguments;
use super::failure::Failure;
use super::output;
use super::records;
use crate::compare::{Record, budget};
use crate::plan::{Budget, Plan};
use crate::report::budgets as said;
use crate::stats::Results;

/// What budgets are held against, and where that lies or was looked for.
pub(super) struct Baseline {
    path: PathBuf,
    record: Option<Record>,
}

/// What results are held to.
pub(super) struct Held<'a> {
    /// What must hold.
    pub budgets: &'a [Budget],
    /// How many more were left out, as they name a policy that is.
    pub left_out: usize,
    /// Whether it is enforced.
    pub check: bool,
    /// What it is held against.
    pub baseline: &'a Baseline,
}

/// The baseline that the budgets need: the one named, or the usual one, where there is one.
pub(super) fn baseline(
    named: Option<&Path>,
    usual: PathBuf,
    budgets: &[Budget],
) -> Result<Baseline, Failure> {
    if let Some(path) = named {
        return Ok(Baseline { path: path.to_owned(), record: Some(records::read(path)?) });
    }
    let is_read = budgets.iter().any(Budget::needs_baseline) && usual.exists();
    let record = if is_read { Some(records::read(&usual)?) } else { None };
    Ok(Baseline { path: usual, record })
}

impl Baseline {
    /// The file that was read, if one was.
    pub fn read(&self) -> Option<&PathBuf> {
        self.record.as_ref().map(|_| &self.path)
    }

    /// Refuses a baseline of another scenario or world, as [`judge`] would once all has been run.
    pub fn is_of(&self, plan: &Plan) -> Result<(), Failure> {
        let Some(record) = &self.record else { return Ok(()) };
        budget::is_of(record, plan).map_err(|source| Failure::Incomparable {
            base: self.path.clone(),
            new: PathBuf::from(&plan.name),
            source,
        })
    }

    /// Why a budget has nothing to be held against, with the command that helps once the results
    /// are in `out`.
    fn missing(&self, name: &str, out: &Path) -> String {
        let path = self.path.display();
        if self.record.is_some() {
            return format!("the baseline `{path}` has nothing to hold it against");
        }
        let mut command = format!("ringstorm promote {}", quoted(&out.display().to_string()));
        // `promote` does not know where the scenario's file lies.
        if self.path != records::usual_baseline(name) {
            command += &format!(" --to {}", quoted(&path.to_string()));
        }
        format!("there is no baseline at `{path}`; `{command}` makes one")
    }
}

/// Says how the budgets of results in `out` fared; where they are enforced gives how many fail, else 0.
pub(super) fn judge(
    results: &Results,
    held: &Held<'_>,
    out: &Path,
    arguments: &Arguments,
) -> Result<usize, Failure> {
    let Held { budgets, left_out, check, baseline } = *held;
    if budgets.is_empty() {
        if check {
            output::print(&said::none(&results.name, left_out))?;
        }
        return Ok(0);
    }
    let record = Record::of(results);
    let found = budget::check(&record, baseline.record.as_ref(), budgets);
    let findings = match found {
        Ok(findings) => findings,
        // Without `--check` a baseline of another world is no reason to stop.
        Err(_) if !check => return Ok(0),
        Err(source) => {
            let (base, new) = (baseline.path.clone(), PathBuf::from(&results.name));
            return Err(Failure::Incomparable { base, new, source });
        }
    };
    if !check {
        if !arguments.quiet {
            output::print(&said::summary(&findings))?;
        }
        return Ok(0);
    }
    let mut text = said::render(&findings, &baseline.missing(&results.name, out));
    text += &said::left_out(left_out);
    output::print(&text)?;
    Ok(findings.iter().filter(|finding| finding.fails()).count())
}
