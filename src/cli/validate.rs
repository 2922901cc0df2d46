//! `ringstorm validate`: the simulator against theory, on this machine.

use super::arguments::{Arguments, Validate, ValidateFormat};
use super::failure::Failure;
use super::lists::table;
use super::memory::threads_of;
use super::output;
use super::progress;
use super::scenario_files::shown;
use crate::report::validation::{json, markdown, text};
use crate::scenario::nearest;
use crate::validation::select::{NoCase, select};
use crate::validation::{Broken, Case, Outcome, Round, case, catalogue, round};

/// Runs the catalogue, or a part of it, and prints what came out; or lists it, or shows one of
/// its scenarios.
pub(super) fn validate(command: &Validate, arguments: &Arguments) -> Result<(), Failure> {
    if let Some(id) = &command.show {
        return show(id);
    }
    let cases = select(catalogue(), &command.cases, command.long).map_err(unknown)?;
    if command.list {
        return list(&cases, command.format);
    }
    if cases.is_empty() {
        return Err(Failure::Usage("only long cases are meant; `--long` runs them"));
    }
    let threads = command.threads.map_or(0, usize::from);
    let outcomes = threads_of(threads)?.install(|| run(&cases, arguments))?;
    match command.format {
        ValidateFormat::Text => {
            let options = output::terminal(arguments.color);
            output::print(&text::render(&outcomes, arguments.quiet, &options))?;
        }
        ValidateFormat::Json => output::print(&json::render(&outcomes))?,
        ValidateFormat::Markdown => output::print(&markdown::render(&outcomes))?,
    }
    match outcomes.iter().filter(|outcome| !outcome.passes()).count() {
        0 => Ok(()),
        1 => Err(Failure::No("1 case does not agree with theory".to_owned())),
        many => Err(Failure::No(format!("{many} cases do not agree with theory"))),
    }
}

/// One round of all, and a second one of those that fail where chance may be the reason.
fn run<'a>(cases: &[&'a Case], arguments: &Arguments) -> Result<Vec<Outcome<'a>>, Failure> {
    let of = |round: Result<Round<'a>, _>, name: &str| {
        let round = round.map_err(|faults| shown(faults, arguments))?;
        let bar = progress::bar(name, round.runs(), arguments.quiet);
        let outcomes = round.run(|_, _, _| bar.inc(1));
        bar.finish_and_clear();
        outcomes.map_err(|Broken { id, law }| Failure::Law {
            broken: law,
            replay: format!("ringstorm validate '{id}'"),
        })
    };
    let mut outcomes = of(Round::first(cases), "validate")?;
    let second = of(Round::again(&outcomes), "once more")?;
    round::replace(&mut outcomes, second);
    Ok(outcomes)
}

/// The scenario of a case, as a file has it.
fn show(id: &str) -> Result<(), Failure> {
    let found = case(id).ok_or_else(|| {
        let nearest = nearest(id, catalogue().iter().map(|case| case.id.as_str()));
        unknown(NoCase { pattern: id.to_owned(), nearest: nearest.map(str::to_owned) })
    })?;
    output::print(&found.scenario)
}

/// What the cases are.
fn list(cases: &[&Case], format: ValidateFormat) -> Result<(), Failure> {
    let row = |case: &&Case| {
        let long = if case.long { " (long)" } else { "" };
        vec![case.id.clone(), format!("{}{long}", case.title)]
    };
    output::print(&match format {
        ValidateFormat::Text => table(&cases.iter().map(row).collect::<Vec<_>>()),
        ValidateFormat::Json => json::catalogue(cases),
        ValidateFormat::Markdown => markdown::catalogue(cases),
    })
}

fn unknown(NoCase { pattern, nearest }: NoCase) -> Failure {
    Failure::Unknown { what: "case", name: pattern, nearest, all: Vec::new() }
}
