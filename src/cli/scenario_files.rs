//! Reading scenarios with what the command line changes, and writing new ones.

use std::path::{Path, PathBuf};

use super::arguments::{Arguments, Changes, Edits, Find, New, One, Schema, SchemaOf};
use super::failure::Failure;
use super::output;
use crate::plan::Plan;
use crate::report::{ReportError, comparison, write};
use crate::scenario::{self, Diagnostic, Overrides, Search, render};

/// All scenarios as plans; every fault of every file is shown before any is run.
pub(super) fn load(
    changes: &Changes,
    arguments: &Arguments,
) -> Result<Vec<(PathBuf, Plan)>, Failure> {
    let overrides = overrides(&changes.edits);
    let mut plans = Vec::new();
    let mut faults = Vec::new();
    for path in &changes.scenarios {
        match scenario::load(path, &overrides) {
            Ok(plan) => plans.push((path.clone(), plan)),
            Err(found) => faults.extend(found),
        }
    }
    if faults.is_empty() { Ok(plans) } else { Err(shown(faults, arguments)) }
}

/// A scenario with a search; its faults are shown.
pub(super) fn search(command: &Find, arguments: &Arguments) -> Result<Search, Failure> {
    let search = Search::load(&command.scenario, &overrides(&command.edits));
    search.map_err(|faults| shown(faults, arguments))
}

/// A single scenario, with these policies only if any are named; its faults are shown.
pub(super) fn load_one(
    one: &One,
    policies: &[String],
    arguments: &Arguments,
) -> Result<Plan, Failure> {
    let overrides = Overrides {
        set: one.set.clone(),
        policies: policies.to_vec(),
        seed: one.seed,
        replications: None,
        one_run: true,
    };
    scenario::load(&one.scenario, &overrides).map_err(|faults| shown(faults, arguments))
}

fn overrides(edits: &Edits) -> Overrides {
    Overrides {
        set: edits.set.clone(),
        policies: edits.policy.clone(),
        seed: edits.seed,
        replications: edits.replications,
        one_run: false,
    }
}

/// Shows what is wrong with scenarios.
pub(super) fn shown(faults: Vec<Diagnostic>, arguments: &Arguments) -> Failure {
    output::message(&if arguments.json_messages {
        render::json_lines(&faults)
    } else {
        render::text(&faults, output::colors(arguments.color, &std::io::stderr()))
    });
    Failure::Scenarios(faults)
}

/// Refuses two scenarios of one name: they would write over each other's results.
pub(super) fn names_differ(plans: &[(PathBuf, Plan)]) -> Result<(), Failure> {
    for (index, (path, plan)) in plans.iter().enumerate() {
        if let Some((first, _)) = plans[..index].iter().find(|(_, other)| other.name == plan.name) {
            let (name, first, second) = (plan.name.clone(), first.clone(), path.clone());
            return Err(Failure::SameName { name, first, second });
        }
    }
    Ok(())
}

/// `ringstorm schema`.
pub(super) fn schema(command: &Schema) -> Result<(), Failure> {
    match command.of {
        SchemaOf::Scenario => output::print(&scenario::schema()),
        SchemaOf::Comparison => output::print(comparison::json::SCHEMA),
    }
}

/// `ringstorm new`: never writes over a file.
pub(super) fn new(command: &New) -> Result<(), Failure> {
    let name = command.name.strip_suffix(".json").unwrap_or(&command.name);
    if !scenario::is_name(name) {
        return Err(Failure::Usage(
            "the name of a scenario is at most 100 letters, digits, `-`, `_` and `.`, and starts \
             with a letter or digit",
        ));
    }
    let folder = if Path::new("scenarios").is_dir() { "scenarios" } else { "." };
    let path = Path::new(folder).join(format!("{name}.json"));
    let schema = Path::new(folder).join(scenario::SCHEMA_FILE);
    let text = scenario::template(name, schema.is_file());
    match write::new_file(text.as_bytes(), &path) {
        Ok(()) => output::print(&written(&path, &schema)),
        Err(ReportError::Exists { path }) => Err(Failure::Exists(path)),
        Err(error) => Err(error.into()),
    }
}

/// What is said of a new scenario.
fn written(path: &Path, schema: &Path) -> String {
    let (path, file) = (path.display(), scenario::SCHEMA_FILE);
    let completion = if schema.is_file() {
        String::new()
    } else {
        format!(
            "An editor completes its fields with `ringstorm schema > {}` and, as its first line, \
             \"$schema\": \"{file}\".\n",
            schema.display()
        )
    };
    format!("{path} is written; try: ringstorm run {path}\n{completion}")
}
