//! What a sweep varies: names and values of its parameters, as numbers where they are.

use crate::engine::{Rate, SimDuration, units};
use crate::stats::{PointResults, Results};

/// Forms of a value, which say nothing of what it is of.
const FORMS: [&str; 14] = [
    "exponential",
    "lognormal",
    "uniform",
    "weibull",
    "pareto",
    "erlang",
    "quantiles",
    "fixed",
    "steps",
    "decorrelated",
    "poisson",
    "balance",
    "rebalance",
    "reject",
];

/// One swept parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its path in the scenario.
    pub path: String,
    /// The path in words: `reconnect cap`.
    pub name: String,
    /// The values that were run: in ascending order when all are numbers, else as given.
    pub values: Vec<Value>,
    /// Which of them the scenario has outside of its sweep.
    pub own: Option<usize>,
}

/// One value of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// As the scenario has it, in JSON.
    pub json: String,
    /// In words: `30 s`.
    pub text: String,
    /// As a number: seconds, per second, bytes, or the plain number; `None` of what is none.
    pub number: Option<f64>,
}

impl Parameter {
    /// Whether every value is a number.
    pub fn is_numeric(&self) -> bool {
        self.values.iter().all(|value| value.number.is_some())
    }

    /// Which of the values a point has.
    pub fn index_at(&self, point: &PointResults) -> Option<usize> {
        let json = set_at(&point.at, &self.path)?;
        self.values.iter().position(|value| value.json == json)
    }
}

/// The parameters that take two values or more, in the scenario's order.
pub fn parameters(results: &Results) -> Vec<Parameter> {
    let Some(first) = results.points.first() else { return Vec::new() };
    let paths = first.at.iter().map(|(path, _)| path);
    paths
        .map(|path| parameter(results, path))
        .filter(|parameter| parameter.values.len() > 1)
        .collect()
}

fn parameter(results: &Results, path: &str) -> Parameter {
    let mut values: Vec<Value> = Vec::new();
    for point in &results.points {
        let Some(json) = set_at(&point.at, path) else { continue };
        if !values.iter().any(|value| value.json == json) {
            let (text, number) = read(json);
            values.push(Value { json: json.to_owned(), text, number });
        }
    }
    let all: Vec<String> = values.iter().map(|value| value.json.clone()).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    for value in &mut values {
        if let Some(parts) = differing(&value.json, &all) {
            value.text = parts;
        }
    }
    if values.iter().all(|value| value.number.is_some()) {
        values.sort_by(|a, b| a.number.unwrap_or(0.0).total_cmp(&b.number.unwrap_or(0.0)));
    }
    let own = set_at(&results.own, path).and_then(|json| {
        let number = read(json).1;
        let is_own =
            |value: &Value| value.json == json || value.number.is_some() && value.number == number;
        values.iter().position(is_own)
    });
    Parameter { path: path.to_owned(), name: name(path), values, own }
}

/// The value that a path is set to, in JSON.
pub fn set_at<'a>(settings: &'a [(String, String)], path: &str) -> Option<&'a str> {
    settings.iter().find(|(found, _)| found == path).map(|(_, json)| json.as_str())
}

/// The last two parts of a path that say something: `clients.reconnect.exponential.cap` is
/// the `reconnect cap`, `policies[ring].balance.ring.virtual_nodes` the `ring virtual nodes`.
fn name(path: &str) -> String {
    let plain = |part: &str| part.split('[').next().unwrap_or(part).replace('_', " ");
    let parts: Vec<String> = path
        .split('.')
        .map(plain)
        .filter(|part| !FORMS.contains(&part.as_str()) && !part.is_empty())
        .collect();
    let words = parts[parts.len().saturating_sub(2)..].join(" ");
    // `servers count` reads as `servers`.
    words.strip_suffix(" count").map_or(words.clone(), str::to_owned)
}

/// What tells a value that is an object or a list from its alternatives: the parts that
/// some of them have otherwise, `unavailable 25%`, or that only others have, `no drain`.
/// `None` of a plain value.
pub fn differing(json: &str, alternatives: &[&str]) -> Option<String> {
    let own = parts(json).filter(|parts| !parts.is_empty())?;
    let others: Vec<Vec<Part>> = alternatives.iter().filter_map(|json| parts(json)).collect();
    let differs = |part: &&Part| others.iter().any(|other| !other.contains(part));
    let mut told: Vec<String> = own
        .iter()
        .filter(differs)
        .map(|(path, value)| format!("{} {}", part_name(path), read(value).0))
        .collect();
    if told.is_empty() {
        let has = |path: &str| own.iter().any(|(own, _)| own == path);
        let missing = others.iter().flatten().map(|(path, _)| path).filter(|path| !has(path));
        told.extend(missing.map(|path| format!("no {}", part_name(path))));
        told.dedup();
    }
    (!told.is_empty()).then(|| told.join(", "))
}

/// A path within a value, and the plain value there in JSON.
type Part = (String, String);

/// The plain values within an object or a list; `None` of a plain value.
fn parts(json: &str) -> Option<Vec<Part>> {
    fn walk(value: &serde_json::Value, path: &str, found: &mut Vec<Part>) {
        let below = |key: &str| {
            if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
        };
        match value {
            serde_json::Value::Object(fields) => {
                fields.iter().for_each(|(key, value)| walk(value, &below(key), found));
            }
            serde_json::Value::Array(items) => {
                let items = items.iter().enumerate();
                items.for_each(|(at, value)| walk(value, &below(&at.to_string()), found));
            }
            plain => found.push((path.to_owned(), plain.to_string())),
        }
    }
    let value: serde_json::Value = serde_json::from_str(json).ok()?;
    let mut found = Vec::new();
    if value.is_object() || value.is_array() {
        walk(&value, "", &mut found);
    }
    Some(found)
}

/// The last word of a path: `drain.close` is `close`.
fn part_name(path: &str) -> String {
    path.rsplit('.').next().unwrap_or(path).replace('_', " ")
}

/// A JSON value in words and as a number.
fn read(json: &str) -> (String, Option<f64>) {
    let Some(text) = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        let number = json.parse().ok().filter(|number: &f64| number.is_finite());
        return (json.to_owned(), number);
    };
    let number = text
        .parse::<SimDuration>()
        .map(SimDuration::as_secs_f64)
        .or_else(|_| text.parse::<Rate>().map(super::super::engine::time::Rate::as_per_second))
        .or_else(|_| text.parse::<units::Fraction>().map(units::Fraction::as_f64))
        .or_else(|_| text.parse::<units::Bytes>().map(|bytes| bytes.as_u64() as f64));
    (spaced(text), number.ok())
}

/// A quantity with a space between number and unit: `30 s`, `5%`, `200/s`.
fn spaced(text: &str) -> String {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.');
    match digits {
        Some(at) if at > 0 && text[at..].chars().all(|c| c.is_ascii_alphabetic()) => {
            let unit = if &text[at..] == "m" { "min" } else { &text[at..] };
            format!("{} {unit}", &text[..at])
        }
        _ => text.to_owned(),
    }
}
