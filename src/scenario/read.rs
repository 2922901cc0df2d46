//! A document as a typed scenario; its faults of structure, each at its exact place.

use serde_json::Value;

use super::diagnostic::{Code, Diagnostic};
use super::document::Document;
use super::path::{Path, Step};
use super::schema::{self, Scenario};
use super::suggest;
use super::typed::{self, Kind, Mismatch};
use crate::engine::SimDuration;

/// Of so many unknown fields at most it is told: each costs one more reading of the whole.
const FEW: usize = 20;

/// The scenario that the document's value spells.
///
/// # Errors
/// The first few fields that are unknown, up to the first that is missing, of another type, or
/// not the quantity that it should be. What an object lacks that has an unknown field is not
/// told: it may be that field, misspelt.
pub fn scenario(document: &Document) -> Result<Scenario, Vec<Diagnostic>> {
    let mut mismatch = match typed::from_value(&document.value) {
        Ok(scenario) => return Ok(scenario),
        Err(mismatch) => mismatch,
    };
    let mut value = document.value.clone();
    let mut faults = Vec::new();
    let mut misspelt = Vec::new();
    loop {
        let path = mismatch.path();
        let unknown = match &mismatch.kind {
            Kind::UnknownField { name, .. } => Some(name.clone()),
            Kind::MissingField { .. } | Kind::Other(_) if misspelt.contains(&path) => {
                return Err(faults);
            }
            _ => None,
        };
        faults.push(diagnose(document, mismatch));
        let holder = value.pointer_mut(&pointer(&path)).and_then(Value::as_object_mut);
        let taken_out = unknown.and_then(|name| holder?.shift_remove(&name));
        if taken_out.is_none() || faults.len() >= FEW {
            return Err(faults);
        }
        misspelt.push(path);
        mismatch = match typed::from_value::<Scenario>(&value) {
            Ok(_) => return Err(faults),
            Err(next) => next,
        };
    }
}

fn diagnose(document: &Document, mismatch: Mismatch) -> Diagnostic {
    let path = mismatch.path();
    let name_at = |field: &str, label: &str| document.name_span(&path.field_exactly(field), label);
    let value_at = |label: String| document.value_span(&path, label);
    match mismatch.kind {
        Kind::UnknownField { name, valid } => {
            let message = format!("unknown field `{name}` in {}", spoken(&path));
            // A field that is there already is less likely what was meant.
            let beside = document.value.pointer(&pointer(&path));
            let is_open = |field: &&str| beside.is_none_or(|beside| beside.get(field).is_none());
            let open = valid.iter().copied().filter(is_open);
            let near = suggest::nearest(&name, valid.iter().copied());
            // What an event says stands within its verb.
            let is_event =
                matches!(path.steps().first(), Some(Step::Field(top)) if top == "events");
            let help = home(&name)
                .filter(|_| near.is_none() && !is_event)
                .or_else(|| suggest::help_among("field", &name, open, valid.iter().copied()));
            Diagnostic::new(Code::UnknownField, message)
                .about(&path.field_exactly(&name))
                .at(name_at(&name, "no such field"))
                .with_help_if(help)
        }
        Kind::MissingField { name } => {
            let message = format!("missing field `{name}` in {}", spoken(&path));
            Diagnostic::new(Code::MissingField, message)
                .about(&path)
                .at(document.opening_span(&path, format!("expected a field `{name}`")))
        }
        Kind::UnknownName { name, valid } => {
            let what = noun(&path, valid);
            let message = format!("unknown {what} `{name}` at {}", spoken(&path));
            // The name is the text itself, or the field that stands for a choice.
            let place = if document.value.pointer(&pointer(&path)).is_some_and(Value::is_object) {
                name_at(&name, &format!("no such {what}"))
            } else {
                value_at(format!("no such {what}"))
            };
            Diagnostic::new(Code::UnknownName, message)
                .about(&path)
                .at(place)
                .with_help_if(suggest::help(what, &name, valid.iter().copied()))
        }
        Kind::WrongType { met, expected } => {
            let message = format!("{} is {met}: expected {expected}", spoken(&path));
            Diagnostic::new(Code::WrongType, message)
                .about(&path)
                .at(value_at(format!("expected {expected}")))
                .with_help_if(form_help(document, &path))
        }
        Kind::SecondChoice { name } => {
            let message = format!("{} has more than one choice", spoken(&path));
            Diagnostic::new(Code::ChooseOne, message)
                .about(&path)
                .at(name_at(&name, "one too many"))
                .with_help("give exactly one of them")
        }
        Kind::Other(message) => {
            let is_scalar = document
                .value
                .pointer(&pointer(&path))
                .is_some_and(|value| !value.is_object() && !value.is_array());
            let code = if is_scalar { Code::BadQuantity } else { Code::ChooseOne };
            Diagnostic::new(code, format!("{}: {message}", spoken(&path)))
                .about(&path)
                .at(value_at(String::new()))
                .with_help_if(form_help(document, &path))
        }
    }
}

/// Where a field stands that was put elsewhere.
fn home(name: &str) -> Option<String> {
    /// No field is called so.
    const NOBODY: &str = "";
    fn fields<T: serde::de::DeserializeOwned>() -> &'static [&'static str] {
        let nothing = serde_json::json!({ NOBODY: null });
        match typed::from_value::<T>(&nothing).map_err(|mismatch| mismatch.kind) {
            Err(Kind::UnknownField { valid, .. }) => valid,
            _ => &[],
        }
    }
    let homes = [
        ("in `servers`", fields::<schema::servers::Servers>()),
        ("in `clients`", fields::<schema::clients::Group>()),
        ("in a policy", fields::<schema::Policy>()),
        ("in an event", fields::<schema::events::Event>()),
        ("in `messaging`", fields::<schema::messaging::Messaging>()),
        ("at the top of the scenario", fields::<Scenario>()),
    ];
    let homes: Vec<&str> =
        homes.iter().filter(|(_, fields)| fields.contains(&name)).map(|(home, _)| *home).collect();
    (!homes.is_empty()).then(|| format!("`{name}` stands {}", homes.join(", or ")))
}

/// What a text chooses there.
fn noun(path: &Path, valid: &[&str]) -> &'static str {
    match last_field(path) {
        Some("balance") => "balance rule",
        Some("rebalance") => "rebalance rule",
        Some("autoscaler" | "with") => "autoscaler",
        _ if valid.contains(&"lognormal") => "distribution",
        _ => "value",
    }
}

/// How to write what was named without its parameters.
fn form_help(document: &Document, path: &Path) -> Option<String> {
    let text = document.value.pointer(&pointer(path))?.as_str()?;
    if last_field(path) == Some("exponential") && text.parse::<SimDuration>().is_ok() {
        // A back-off, or a distribution.
        let is_reconnect = |step: &Step| matches!(step, Step::Field(name) if name == "reconnect");
        let field = if path.steps().iter().any(is_reconnect) { "base" } else { "mean" };
        return Some(format!("write {{\"{field}\": \"{text}\"}}"));
    }
    word_help(text, path).map(str::to_owned)
}

fn word_help(text: &str, path: &Path) -> Option<&'static str> {
    if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    match last_field(path)? {
        "presence" | "rtt" | "connect_timeout" | "cost" | "interval" => Some(
            "a distribution stands with its parameters: {\"exponential\": {\"mean\": \"5ms\"}}",
        ),
        "arrivals" => Some(
            "arrivals are \"none\", or stand with their parameters: {\"poisson\": {\"rate\": \"50/s\"}}",
        ),
        _ => None,
    }
}

fn last_field(path: &Path) -> Option<&str> {
    path.steps().iter().rev().find_map(|step| match step {
        Step::Field(name) => Some(name.as_str()),
        Step::Index(_) => None,
    })
}

fn spoken(path: &Path) -> String {
    if path.is_root() { "the scenario".to_owned() } else { format!("`{path}`") }
}

/// The path in the form of RFC 6901.
fn pointer(path: &Path) -> String {
    let escaped = |name: &String| name.replace('~', "~0").replace('/', "~1");
    path.steps()
        .iter()
        .map(|step| match step {
            Step::Field(name) => format!("/{}", escaped(name)),
            Step::Index(index) => format!("/{index}"),
        })
        .collect()
}
