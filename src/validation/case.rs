//! The catalogue: `catalogue.json`, the scenarios and the values, read together.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use super::accept::Simulated;
use super::expression::{Expression, NoExpression};
use super::texts::TEXTS;

/// A scenario and what theory says of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Its name: a row of closed forms, and what of it is run.
    pub id: String,
    /// What it is, in some 60 characters.
    pub title: String,
    /// Where the expected values come from.
    pub source: String,
    /// Whether it takes so long that it is run only when asked for.
    pub long: bool,
    /// The scenario's text.
    pub scenario: String,
    /// What is measured, and what is expected of it.
    pub checks: Vec<Check>,
}

/// A quantity of a case.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// What it is, in some 30 characters.
    pub what: String,
    /// The policy under which it is measured.
    pub policy: String,
    /// The policy whose value in the same replication is subtracted.
    pub against: Option<String>,
    /// What is measured, as it is written.
    pub measure: String,
    /// The same, read.
    pub expression: Expression,
    /// What is expected.
    pub test: Test,
}

/// What is expected of a quantity, and how it is tested; see [`accept`](super::accept).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Test {
    /// A mean, known to this share of itself where one is asked for.
    Mean {
        /// The value.
        value: f64,
        /// The largest half-width that is accepted, as a share of the value.
        width: Option<f64>,
    },
    /// The mean of the squares of the differences from a known mean.
    Variance {
        /// The known mean.
        mean: f64,
        /// The standard deviation.
        sd: f64,
    },
    /// The mean of an independent simulation.
    Simulated(Simulated),
    /// The same number in every replication.
    Exact(f64),
    /// A range that holds 99.9% of the values.
    Inside {
        /// From.
        low: f64,
        /// To, inclusive.
        high: f64,
    },
    /// The mean, to a share of a limit.
    Within {
        /// The limit.
        value: f64,
        /// The share.
        share: f64,
    },
    /// 95% intervals hold the value.
    Covers {
        /// The value.
        value: f64,
        /// Replications of each interval.
        of: usize,
    },
}

/// A case as the file has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCase {
    id: String,
    title: String,
    source: String,
    /// The row of its values; its own id by default.
    row: Option<String>,
    /// The half-width of means, where the row does not say.
    width: Option<f64>,
    #[serde(default)]
    long: bool,
    checks: Vec<RawCheck>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCheck {
    what: String,
    policy: Option<String>,
    against: Option<String>,
    measure: String,
    /// The half-width of this mean, whatever the row or the case says: of a rare event.
    width: Option<f64>,
    test: RawTest,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum RawTest {
    Mean(Reference),
    Variance { mean: Reference, sd: Reference },
    Simulated(String),
    Exact(Reference),
    Inside { low: Reference, high: Reference },
    Within { value: Reference, share: f64 },
    Covers { value: Reference, of: usize },
}

/// A number, or where it stands in the row: names with slashes between.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Reference {
    Number(f64),
    Path(String),
}

/// Why a case cannot be used.
#[derive(Debug, Error)]
pub enum BadCase {
    /// The file is not as it should be.
    #[error("the catalogue cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// There is no scenario.
    #[error("`{0}` has no scenario")]
    NoScenario(String),
    /// There is no such value.
    #[error("`{id}` has no number `{path}`")]
    NoValue {
        /// The row.
        id: String,
        /// Where it should stand.
        path: String,
    },
    /// What is measured cannot be read.
    #[error("`{id}`: {source}")]
    Measure {
        /// The case.
        id: String,
        /// Why.
        source: NoExpression,
    },
    /// The scenario says no policy's name.
    #[error("the scenario of `{0}` has no policies")]
    NoPolicy(String),
}

static VALUES: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("values.json")).expect("a file of the program is JSON")
});

static CATALOGUE: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let scenario =
        |id: &str| TEXTS.iter().find(|(known, _)| *known == id).map(|(_, text)| (*text).to_owned());
    read(include_str!("catalogue.json"), &VALUES, scenario)
        .expect("the catalogue of the program is right: a test reads all of it")
});

/// All cases, best known first; families stand together.
pub fn catalogue() -> &'static [Case] {
    &CATALOGUE
}

/// The case of this id.
pub fn case(id: &str) -> Option<&'static Case> {
    CATALOGUE.iter().find(|case| case.id == id)
}

/// The rows of values by id: `{"Q-MM1-a": {"expected": {"W": 2.0, ...}}, ...}`.
pub fn values() -> &'static Value {
    &VALUES
}

/// Cases from the text of a catalogue, rows of values, and the scenario of each id.
///
/// # Errors
/// The first fault: JSON, a value or a scenario that is missing, a measure that means nothing.
pub fn read(
    catalogue: &str,
    values: &Value,
    scenario: impl Fn(&str) -> Option<String>,
) -> Result<Vec<Case>, BadCase> {
    let raw: Vec<RawCase> = serde_json::from_str(catalogue)?;
    raw.into_iter()
        .map(|raw| {
            let scenario = scenario(&raw.id).ok_or_else(|| BadCase::NoScenario(raw.id.clone()))?;
            raw.read(values, scenario)
        })
        .collect()
}

impl RawCase {
    fn read(self, values: &Value, scenario: String) -> Result<Case, BadCase> {
        let row = self.row.as_deref().unwrap_or(&self.id);
        let row = Row { id: row, value: &values[row], width: self.width };
        let parsed: Value = serde_json::from_str(&scenario)?;
        let first = parsed["policies"][0]["name"].as_str();
        let first = first.ok_or_else(|| BadCase::NoPolicy(self.id.clone()))?;
        let check = |check: RawCheck| {
            let expression = Expression::parse(&check.measure)
                .map_err(|source| BadCase::Measure { id: self.id.clone(), source })?;
            Ok(Check {
                test: check.test.read(&row, check.width)?,
                policy: check.policy.unwrap_or_else(|| first.to_owned()),
                what: check.what,
                against: check.against,
                measure: check.measure,
                expression,
            })
        };
        let checks = self.checks.into_iter().map(check).collect::<Result<_, BadCase>>()?;
        let Self { id, title, source, long, .. } = self;
        Ok(Case { id, title, source, long, scenario, checks })
    }
}

/// A row of values, and the half-width that a case asks for.
struct Row<'a> {
    id: &'a str,
    value: &'a Value,
    width: Option<f64>,
}

impl Row<'_> {
    fn number(&self, reference: &Reference) -> Result<f64, BadCase> {
        match reference {
            Reference::Number(number) => Ok(*number),
            Reference::Path(path) => self.at(path, ""),
        }
    }

    /// The number at a path, and a name below it.
    fn at(&self, path: &str, below: &str) -> Result<f64, BadCase> {
        let names = path.split('/').chain(Some(below).filter(|name| !name.is_empty()));
        let value = names.fold(&self.value["expected"], |value, name| {
            name.parse::<usize>().map_or(&value[name], |index| match value {
                Value::Array(items) => items.get(index).unwrap_or(&Value::Null),
                other => &other[name],
            })
        });
        let missing = || BadCase::NoValue { id: self.id.to_owned(), path: path.to_owned() };
        value.as_f64().ok_or_else(missing)
    }
}

impl RawTest {
    fn read(&self, row: &Row<'_>, width: Option<f64>) -> Result<Test, BadCase> {
        Ok(match self {
            Self::Mean(value) => Test::Mean {
                value: row.number(value)?,
                width: width.or(row.value["rel_half_width"].as_f64()).or(row.width),
            },
            Self::Variance { mean, sd } => {
                Test::Variance { mean: row.number(mean)?, sd: row.number(sd)? }
            }
            Self::Simulated(path) => Test::Simulated(Simulated {
                mean: row.at(path, "mean")?,
                half_width: row.at(path, "half_width_999")?,
                replications: row.at(path, "replications")? as u32,
            }),
            Self::Exact(value) => Test::Exact(row.number(value)?),
            Self::Inside { low, high } => {
                Test::Inside { low: row.number(low)?, high: row.number(high)? }
            }
            Self::Within { value, share } => {
                Test::Within { value: row.number(value)?, share: *share }
            }
            Self::Covers { value, of } => Test::Covers { value: row.number(value)?, of: *of },
        })
    }
}
