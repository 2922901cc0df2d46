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
fn set_at<'a>(settings: &'a [(String, String)], path: &str) -> Option<&'a str> {
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
